import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';

export interface OutboxMail {
  readonly key: string;
  /** Milliseconds. */
  readonly now: number;
  readonly content: Buffer;
}

/** Writes `<time>-<key>.eml`, complete or not at all. A mail with the same key is there only once. Answers its path. */
export async function writeToOutbox(dir: string, mail: OutboxMail): Promise<string> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const ending = `-${fileKey(mail.key)}.eml`;
  const earlier = (await readdir(dir)).find(
    (name) => name.endsWith(ending) && name.length === ending.length + TIME_LENGTH,
  );
  if (earlier) return join(dir, earlier);
  const time = new Date(mail.now).toISOString().replaceAll(/[:.]/g, '-');
  const path = join(dir, time + ending);
  const temp = `${path}.part`;
  const handle = await open(temp, 'w', 0o600);
  try {
    await handle.writeFile(mail.content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temp, path);
  return path;
}

const TIME_LENGTH = '2026-01-01T00-00-00-000Z'.length;

/** Keys hold colons, which Windows does not take in names; what is replaced or cut stays distinct by a short hash. */
function fileKey(key: string): string {
  const safe = key.replaceAll(/[^A-Za-z0-9._-]/g, '_').slice(0, 80);
  return safe === key ? safe : `${safe}-${createHash('sha256').update(key).digest('hex').slice(0, 8)}`;
}
