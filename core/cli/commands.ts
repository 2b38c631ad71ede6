import type { Command } from './command.ts';
import { applyCommand } from './commands/apply.ts';
import { automationTryCommand } from './commands/automation-try.ts';
import { backupCommand } from './commands/backup.ts';
import { checkCommand } from './commands/check.ts';
import { dbCopyCommand } from './commands/db-copy.ts';
import { devCommand } from './commands/dev.ts';
import { explainCommand } from './commands/explain.ts';
import { exportCommand } from './commands/export.ts';
import { importCommand } from './commands/import.ts';
import { ledgerVerifyCommand } from './commands/ledger-verify.ts';
import { overlayDropCommand, overlayListCommand } from './commands/overlay.ts';
import { packageExportCommand } from './commands/package-export.ts';
import { planCommand } from './commands/plan.ts';
import { restoreCommand } from './commands/restore.ts';
import { rollbackCommand } from './commands/rollback.ts';
import { startCommand } from './commands/start.ts';
import { typesCommand } from './commands/types.ts';
import { userAddCommand } from './commands/user-add.ts';
import { userDisableCommand } from './commands/user-disable.ts';
import { userEnableCommand } from './commands/user-enable.ts';
import { userInviteCommand } from './commands/user-invite.ts';
import { userListCommand } from './commands/user-list.ts';
import { userPasswordCommand } from './commands/user-password.ts';
import { userRolesCommand } from './commands/user-roles.ts';
import { workerCommand } from './commands/worker.ts';

/** Every command, in the order the help lists them. */
export const COMMANDS: readonly Command[] = [
  startCommand,
  workerCommand,
  devCommand,
  checkCommand,
  planCommand,
  applyCommand,
  rollbackCommand,
  userListCommand,
  userAddCommand,
  userInviteCommand,
  userPasswordCommand,
  userRolesCommand,
  userDisableCommand,
  userEnableCommand,
  explainCommand,
  automationTryCommand,
  importCommand,
  exportCommand,
  backupCommand,
  restoreCommand,
  dbCopyCommand,
  ledgerVerifyCommand,
  packageExportCommand,
  overlayListCommand,
  overlayDropCommand,
  typesCommand,
];
