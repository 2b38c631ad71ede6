import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const MIN_LENGTH = 32;
const SAMPLES =
  /change[-_ ]?me|your[-_ ]?secret|example|sample|placeholder|replace[-_ ]?(me|this)|default|insecure|0123456789|123456789|abcdefgh|qwerty/i;

/** What is wrong with the secret, in a sentence; undefined when nothing is. Only production is strict. */
export function secretProblem(secret: string | undefined, isProduction: boolean): string | undefined {
  if (!isProduction) return undefined;
  const remedy = 'Make one with: openssl rand -base64 32';
  if (secret === undefined) return `Is missing, and NODE_ENV is production. ${remedy}`;
  if (secret.length < MIN_LENGTH) return `Is shorter than ${MIN_LENGTH} characters. ${remedy}`;
  if (SAMPLES.test(secret) || new Set(secret).size < 10) return `Looks like a sample. ${remedy}`;
  return undefined;
}

/** The secret of the settings, else one made once and kept in the data folder, readable by the owner only. */
export async function provideSecret(given: string | undefined, dataDir: string): Promise<string> {
  if (given !== undefined)
    return given.length >= MIN_LENGTH ? given : createHash('sha256').update(given).digest('base64url');
  await mkdir(dataDir, { recursive: true });
  const path = join(dataDir, 'secret');
  const made = randomBytes(32).toString('base64url');
  try {
    await writeFile(path, `${made}\n`, { mode: 0o600, flag: 'wx' });
    return made;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    await chmod(path, 0o600);
    return (await readFile(path, 'utf8')).trim();
  }
}
