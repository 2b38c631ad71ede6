import { CasementError } from '../errors.ts';

/** Codes of the system that say of the disk, not of the file, that nothing can be kept or read now. */
const NOT_NOW = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'EACCES', 'EPERM', 'EMFILE', 'ENFILE']);

/** A failure of the disk as UNAVAILABLE with the remedy; anything else as it is. */
export function translateDiskError(error: unknown): unknown {
  if (error instanceof CasementError || !(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  if (!NOT_NOW.has(code)) return error;
  const message = `The files folder cannot be used now (${code}). Check its free space, its rights and the limit of open files.`;
  return new CasementError('UNAVAILABLE', message, { cause: error });
}
