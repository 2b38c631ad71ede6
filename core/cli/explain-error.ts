import { ChannelSettingsError } from '../channels/create-channels.ts';
import { DefinitionErrors } from '../definitions/definition-errors.ts';
import { CasementError } from '../errors.ts';
import { UsageError } from './command.ts';
import { SettingsError } from './settings.ts';

/** What went wrong, for the operator: located sentences for what he can mend, the stack for a bug. */
export function explainError(error: unknown): string {
  if (error instanceof UsageError) return `${error.message}\n`;
  if (error instanceof SettingsError || error instanceof ChannelSettingsError) return `${error.problems.join('\n')}\n`;
  if (error instanceof DefinitionErrors) {
    const count = error.errors.length;
    return `${error.toString().trimEnd()}\n\n${count} ${count === 1 ? 'error' : 'errors'} in the definitions.\n`;
  }
  if (error instanceof CasementError) {
    // A message may list its details itself.
    const more = error.errors.filter(({ message }) => !error.message.includes(message));
    const details = more.map(({ path, message }) => `  ${path}: ${message}\n`).join('');
    return `${error.message}\n${details}`;
  }
  const folder = unwritable(error);
  if (folder !== undefined)
    return `${folder} Check its rights, or name another folder with CASEMENT_DATA or DATABASE_URL.\n`;
  return `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`;
}

/** The data folder may belong to somebody else, be read-only or full. */
function unwritable(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error) || !('path' in error)) return undefined;
  const { code, path } = error;
  return /^(EACCES|EPERM|EROFS|ENOENT|ENOTDIR|ENOSPC|EDQUOT)$/.test(String(code))
    ? `${String(path)} cannot be written (${String(code)}).`
    : undefined;
}
