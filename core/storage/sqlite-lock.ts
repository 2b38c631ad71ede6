import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { CasementError } from '../errors.ts';

interface Holder {
  readonly pid: number;
  /** The kernel's start time of the process: a number of a process is used again, the pair is not. */
  readonly started: string | null;
}

/**
 * Takes the lock beside a SQLite file, so that a second server is refused and told who holds it. A lock left by a dead process is
 * taken over. Answers the function that gives it back.
 */
export function lockDatabaseFile(file: string): () => void {
  const path = `${file}.lock`;
  const own: Holder = { pid: process.pid, started: startOf(process.pid) };
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      writeFileSync(path, JSON.stringify(own), { flag: 'wx', mode: 0o600 });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'EEXIST') throw error;
    }
    const holder = readHolder(path);
    if (holder && isAlive(holder)) throw inUse(file, holder.pid);
    moveAway(path, holder);
  }
  throw new CasementError('UNAVAILABLE', `The lock ${path} cannot be taken: another server is starting.`);
}

/** The process id of the server that holds the lock of this SQLite file; undefined when none is alive. */
export function lockHolder(file: string): number | undefined {
  const holder = readHolder(`${file}.lock`);
  return holder && isAlive(holder) ? holder.pid : undefined;
}

/** Removes a dead process's lock. Another server may have replaced it meanwhile: then its lock is put back. */
function moveAway(path: string, dead: Holder | undefined): void {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
    const moved = readHolder(aside);
    if (moved && (moved.pid !== dead?.pid || moved.started !== dead.started)) linkSync(aside, path);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || (error.code !== 'ENOENT' && error.code !== 'EEXIST'))
      throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function inUse(file: string, pid: number): CasementError {
  const message = `The database ${file} is in use by the server with process id ${pid}. Stop that one first, or give this one another DATABASE_URL.`;
  return new CasementError('UNAVAILABLE', message, { extra: { pid } });
}

function unreadable(path: string, cause: Error): CasementError {
  const message = `The lock ${path} belongs to another user of this machine. Run this as the user the server runs as.`;
  return new CasementError('UNAVAILABLE', message, { cause });
}

function readHolder(path: string): Holder | undefined {
  try {
    const parsed = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder>;
    return typeof parsed.pid === 'number' ? { pid: parsed.pid, started: parsed.started ?? null } : undefined;
  } catch (error) {
    // Not to be read is not to be dead: it is the lock of a server that runs as somebody else.
    if (error instanceof Error && 'code' in error && error.code === 'EACCES') throw unreadable(path, error);
    return undefined;
  }
}

function isAlive({ pid, started }: Holder): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  const now = startOf(pid);
  return started === null || now === null || now === started;
}

/** Field 22 of /proc/PID/stat; null where there is no such file. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
