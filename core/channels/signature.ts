import { createHmac, timingSafeEqual } from 'node:crypto';
import { CasementError } from '../errors.ts';

/**
 * Signatures of requests between programs, in both directions, as the Standard Webhooks specification has them: HMAC-SHA256 over id, time and
 * the raw body. A secret is `whsec_` and base64, or any text of 24 characters or more.
 */

/** Milliseconds a signed request is good for, before and after its time. */
export const WINDOW = 300_000;
const PREFIX = 'whsec_';
const SHORTEST = 24;

export interface SignedParts {
  /** The same at every try of one message and of no other. */
  readonly id: string;
  /** Milliseconds. */
  readonly at: number;
  readonly body: string;
}

/** The headers of a signed request; one signature for each secret, so that a receiver may be behind with the newest. */
export function signatureHeaders(secrets: readonly string[], parts: SignedParts): Readonly<Record<string, string>> {
  const seconds = String(Math.floor(parts.at / 1000));
  return {
    'webhook-id': parts.id,
    'webhook-timestamp': seconds,
    'webhook-signature': secrets.map((secret) => `v1,${sign(secret, [parts.id, seconds, parts.body])}`).join(' '),
  };
}

export interface SignedRequest {
  readonly header: (name: string) => string | undefined;
  readonly body: Buffer;
}

/** The id and time of a request that one of the secrets has signed just now. UNAUTHENTICATED, in the same words, for every other. */
export function checkSignature(
  secrets: readonly string[],
  request: SignedRequest,
  now: number,
): { readonly id: string; readonly at: number } {
  const id = request.header('webhook-id') ?? '';
  const seconds = request.header('webhook-timestamp') ?? '';
  const given = (request.header('webhook-signature') ?? '').split(' ').slice(0, 10);
  const at = /^\d{1,12}$/.test(seconds) ? Number(seconds) * 1000 : NaN;
  const isKnown = secrets
    .map((secret) => sign(secret, [id, seconds, request.body]))
    .map((expected) => given.map((signature) => isSame(signature, `v1,${expected}`)).includes(true))
    .includes(true);
  const isNow = Math.abs(now - at) <= WINDOW;
  if (!isKnown || !isNow || !/^[\x21-\x7e]{1,200}$/.test(id)) throw unsigned();
  return { id, at };
}

export function unsigned(): CasementError {
  return new CasementError(
    'UNAUTHENTICATED',
    'The request is not signed by somebody known here, or not within the last five minutes, or was sent before.',
  );
}

/** Secrets of a setting, the newest first, separated by spaces. Throws a sentence about the first that is too weak. */
export function parseSecrets(text: string): readonly string[] {
  const secrets = text.split(/\s+/).filter((secret) => secret !== '');
  const weak = secrets.findIndex((secret) => keyOf(secret).length < SHORTEST);
  if (weak >= 0) throw new Error(`Secret ${weak + 1} is too short; take at least ${SHORTEST} random characters.`);
  return secrets;
}

function sign(secret: string, [id, seconds, body]: readonly [string, string, string | Buffer]): string {
  return createHmac('sha256', keyOf(secret)).update(`${id}.${seconds}.`).update(body).digest('base64');
}

function keyOf(secret: string): Buffer {
  return secret.startsWith(PREFIX) ? Buffer.from(secret.slice(PREFIX.length), 'base64') : Buffer.from(secret);
}

/** A secret made of the server's own: nothing that could be stolen stands in the database. */
export function deriveSecret(own: string, purpose: string): string {
  return PREFIX + createHmac('sha256', own).update(purpose).digest('base64');
}

function isSame(given: string, expected: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
