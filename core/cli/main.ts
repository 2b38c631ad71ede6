import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { DefinitionErrors } from '../definitions/definition-errors.ts';
import { parseArguments } from './arguments.ts';
import type { Arguments } from './arguments.ts';
import { UsageError } from './command.ts';
import { explainError } from './explain-error.ts';
import { helpOf, overview } from './help.ts';
import { openServingHeap } from './serving-heap.ts';

const FAILURE = 1;
const USAGE = 2;

/**
 * The `casement` command. Sets the exit code: 0 done or stopped by a signal, 1 refused (definitions, settings, port, database), 2 a
 * wrong command line. Returns once a server is up; the process then lives until a signal.
 */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    const args = await parseArguments(argv);
    if (args.kind === 'run') await run(args);
    else print(answerTo(args));
  } catch (error) {
    process.stderr.write(explainError(error));
    if (error instanceof DefinitionErrors) process.stderr.write('Nothing was started.\n');
    process.exitCode = error instanceof UsageError ? USAGE : FAILURE;
  }
}

function answerTo(args: Exclude<Arguments, { kind: 'run' }>): string {
  if (args.kind === 'version') return `${version()}\n`;
  return args.kind === 'help' ? args.commands.map(helpOf).join('\n') : overview(args.commands);
}

async function run(args: Extract<Arguments, { kind: 'run' }>): Promise<void> {
  const { command, project, plugins, operands, options } = args;
  const projectDir = resolve(project);
  if (!existsSync(join(projectDir, 'package.json'))) {
    throw new UsageError(`${projectDir} has no package.json, so it is no project. Name the folder with --project DIR.`);
  }
  if (!command.serves) openServingHeap();
  await command.run({ projectDir, ...(plugins ? { plugins } : {}), operands, options, print });
}

function print(text: string): void {
  process.stdout.write(text);
}

function version(): string {
  const path = createRequire(import.meta.url).resolve('@casement/core/package.json');
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version: string };
  return version;
}
