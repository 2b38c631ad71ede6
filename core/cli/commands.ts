import type { Command } from './command.ts';

/** Every command by its name, in the order the help lists them. Each is loaded when it is called: a server needs only its own. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./commands/start.ts')).startCommand,
  worker: async () => (await import('./commands/worker.ts')).workerCommand,
  dev: async () => (await import('./commands/dev.ts')).devCommand,
  check: async () => (await import('./commands/check.ts')).checkCommand,
  plan: async () => (await import('./commands/plan.ts')).planCommand,
  apply: async () => (await import('./commands/apply.ts')).applyCommand,
  rollback: async () => (await import('./commands/rollback.ts')).rollbackCommand,
  'user list': async () => (await import('./commands/user-list.ts')).userListCommand,
  'user add': async () => (await import('./commands/user-add.ts')).userAddCommand,
  'user invite': async () => (await import('./commands/user-invite.ts')).userInviteCommand,
  'user password': async () => (await import('./commands/user-password.ts')).userPasswordCommand,
  'user roles': async () => (await import('./commands/user-roles.ts')).userRolesCommand,
  'user disable': async () => (await import('./commands/user-disable.ts')).userDisableCommand,
  'user enable': async () => (await import('./commands/user-enable.ts')).userEnableCommand,
  explain: async () => (await import('./commands/explain.ts')).explainCommand,
  'automation try': async () => (await import('./commands/automation-try.ts')).automationTryCommand,
  import: async () => (await import('./commands/import.ts')).importCommand,
  export: async () => (await import('./commands/export.ts')).exportCommand,
  backup: async () => (await import('./commands/backup.ts')).backupCommand,
  restore: async () => (await import('./commands/restore.ts')).restoreCommand,
  'db copy': async () => (await import('./commands/db-copy.ts')).dbCopyCommand,
  'jobs held': async () => (await import('./commands/jobs-held.ts')).jobsHeldCommand,
  'jobs run': async () => (await import('./commands/jobs-decide.ts')).jobsRunCommand,
  'jobs drop': async () => (await import('./commands/jobs-decide.ts')).jobsDropCommand,
  'ledger verify': async () => (await import('./commands/ledger-verify.ts')).ledgerVerifyCommand,
  'package export': async () => (await import('./commands/package-export.ts')).packageExportCommand,
  'overlay list': async () => (await import('./commands/overlay.ts')).overlayListCommand,
  'overlay drop': async () => (await import('./commands/overlay.ts')).overlayDropCommand,
  types: async () => (await import('./commands/types.ts')).typesCommand,
};

export const COMMAND_NAMES: readonly string[] = Object.keys(COMMANDS);

/** Undefined for a name that is no command. */
export async function loadCommand(name: string): Promise<Command | undefined> {
  return Object.hasOwn(COMMANDS, name) ? COMMANDS[name]?.() : undefined;
}

/** Those of these names, in the order of the help. */
export function loadCommands(names: readonly string[] = COMMAND_NAMES): Promise<readonly Command[]> {
  return Promise.all(Object.entries(COMMANDS).flatMap(([name, load]) => (names.includes(name) ? [load()] : [])));
}
