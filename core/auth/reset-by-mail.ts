import { uuidv7 } from 'uuidv7';
import { CasementError } from '../errors.ts';
import type { JobRun } from '../jobs/types.ts';
import { issueToken } from './accounts.ts';
import type { AuthParts } from './create-auth.ts';
import { accountKeys } from './login-throttle.ts';
import { resetLetter } from './reset-letter.ts';
import { readCredential } from './store.ts';
import { createThrottle } from './throttle.ts';
import { hashToken } from './tokens.ts';

export interface ResetRequest {
  readonly email: string;
  /** The peer's address, for the throttle. */
  readonly peer: string | undefined;
}

const HOUR = 3_600_000;
const JOB_KIND = 'passwordReset';
const NOBODY = '00000000-0000-0000-0000-000000000000';
const ATTEMPTS = 5;

/**
 * Sends whoever has forgotten his password a link for a new one. Known address or not: the same job is put into the queue and the same
 * answer given; only the job, which nobody waits for, finds out. UNAVAILABLE without an address of our own, since a link made from what a
 * request says of its host would lead wherever the request wants. RATE_LIMITED after some requests.
 */
export function createResetByMail(parts: AuthParts): (request: ResetRequest) => Promise<void> {
  const { clock, jobs, url, db } = parts.deps;
  const shared = { window: HOUR, message: 'Too many requests for a new password.' };
  const account = createThrottle(clock, { ...shared, limit: 5 });
  const peer = createThrottle(clock, { ...shared, limit: 30 });
  jobs.handle(JOB_KIND, (run) => sendReset(parts, run));
  return async (request) => {
    if (url === undefined) throw addressMissing();
    const keys = accountKeys(request.email, request.peer);
    account.check(keys.account);
    peer.check(keys.peer);
    account.count(keys.account);
    peer.count(keys.peer);
    const user = await parts.directory.userByEmail(request.email);
    const payload = { user: user?.id ?? NOBODY };
    await db.transaction((tx) =>
      jobs.enqueue(tx, { kind: JOB_KIND, key: `${JOB_KIND}:${uuidv7()}`, payload, attempts: ATTEMPTS }),
    );
    jobs.wake();
  };
}

function addressMissing(): CasementError {
  return new CasementError(
    'UNAVAILABLE',
    'No link can be sent, since Casement does not know its own address. Whoever runs it must set CASEMENT_URL; an administrator can make a link meanwhile.',
  );
}

/** Each try sends a link of its own, and only the last one works: a token is told to nobody but its letter. */
async function sendReset(parts: AuthParts, run: JobRun): Promise<void> {
  const { deps, directory } = parts;
  const user = await directory.user(userIn(run.job.payload));
  const mayReset = user?.active === true && (await readCredential(deps.db, user.id)) !== undefined;
  if (user && mayReset && deps.url !== undefined) {
    const { token } = await issueToken(parts, { user: user.id, purpose: 'reset' });
    const link = `${deps.url.replace(/\/$/, '')}/auth/password?token=${token}`;
    const language = user.language ?? deps.language();
    await deps.mail.send({ key: `reset-${hashToken(token)}`, to: user.email, ...resetLetter(language, link) });
    await deps.records.transaction(parts.context(), (ctx) => parts.audit(ctx, { user: user.id, kind: 'reset.sent' }));
  }
  await run.commit(async () => undefined, { done: true });
}

function userIn(payload: JobRun['job']['payload']): string {
  const user = typeof payload === 'object' && payload !== null && 'user' in payload ? payload.user : undefined;
  return typeof user === 'string' ? user : NOBODY;
}
