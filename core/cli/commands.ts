import type { Command } from './command.ts';
import { checkCommand } from './commands/check.ts';
import { devCommand } from './commands/dev.ts';
import { startCommand } from './commands/start.ts';
import { typesCommand } from './commands/types.ts';

/** Every command, in the order the help lists them. */
export const COMMANDS: readonly Command[] = [startCommand, devCommand, checkCommand, typesCommand];
