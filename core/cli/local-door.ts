import { randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { CasementError } from '../errors.ts';
import { lockHolder } from '../storage/sqlite-lock.ts';

/** Where a running server takes commands of this machine, and with which key. */
export interface LocalDoor {
  readonly url: string;
  readonly key: string;
}

export function newControlKey(): string {
  return `ctl_${randomBytes(32).toString('base64url')}`;
}

/**
 * Leaves word of a listening server beside its SQLite file (`….door`, readable by its owner only). Answers how to take it away. On
 * PostgreSQL commands open the database beside the servers, so nothing is left.
 */
export async function showDoor(databaseUrl: string, door: LocalDoor): Promise<() => Promise<void>> {
  const file = fileOf(databaseUrl);
  if (file === undefined) return () => Promise.resolve();
  const path = `${file}.door`;
  const fresh = `${path}.${process.pid}`;
  await writeFile(fresh, JSON.stringify({ pid: process.pid, ...door }), { mode: 0o600, flag: 'w' });
  await rename(fresh, path);
  return () => rm(path, { force: true });
}

/** The door of the server that holds this database; undefined when none does. UNAVAILABLE for a holder that takes no commands. */
export async function findDoor(databaseUrl: string): Promise<LocalDoor | undefined> {
  const file = fileOf(databaseUrl);
  const pid = file === undefined ? undefined : lockHolder(file);
  if (file === undefined || pid === undefined) return undefined;
  const left = await readFile(`${file}.door`, 'utf8').catch(() => '{}');
  const { pid: owner, url, key } = JSON.parse(left) as Partial<LocalDoor & { pid: number }>;
  if (owner === pid && url !== undefined && key !== undefined) return { url, key };
  throw new CasementError(
    'UNAVAILABLE',
    `The database ${file} is in use by the process ${pid}, which takes no commands: a server that is just starting, or another command. Try again when it is done.`,
  );
}

function fileOf(databaseUrl: string): string | undefined {
  return databaseUrl.startsWith('sqlite:') ? databaseUrl.slice('sqlite:'.length) : undefined;
}
