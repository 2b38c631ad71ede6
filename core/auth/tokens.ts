import { hash, randomBytes } from 'node:crypto';

/** An opaque secret of 32 random bytes. Only its hash is kept. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/** What stands in the database in place of a secret. Plain SHA-256 is enough: the input has 256 random bits. */
export function hashToken(token: string): string {
  return hash('sha256', token);
}
