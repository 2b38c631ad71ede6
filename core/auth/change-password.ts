import { validationError } from '../errors.ts';
import type { AuthParts } from './create-auth.ts';
import type { UserInfo } from './directory.ts';
import { checkPassword } from './passwords.ts';
import { deleteSessionsOf, deleteUnusedTokensOf, readCredential, swapCredential } from './store.ts';

/** What a signed-in person sends to get another password. */
export interface PasswordChange {
  readonly user: UserInfo;
  readonly current: string;
  readonly password: string;
  /** The peer's address, for the throttle. */
  readonly peer: string | undefined;
}

/**
 * The new password counts only together with the one it replaces: of two changes, or a change and a reset, at once the second is refused.
 * Every session ends; the answer is a new one for whoever asked. Wrong tries count like wrong log-ins.
 */
export async function changePassword(
  parts: AuthParts,
  { user, current, password, peer }: PasswordChange,
): Promise<{ token: string; expiresAt: number }> {
  const { deps, passwords, sessions, throttle } = parts;
  const keys = throttle.keysOf(user.email, peer);
  throttle.check(keys);
  const stored = await readCredential(deps.db, user.id);
  if (!(await passwords.verify(stored, current))) {
    throttle.count(keys);
    throw wrongPassword();
  }
  checkPassword(password, '/password', [user.name, user.email]);
  const hash = await passwords.hash(password);
  const opened = await deps.records.transaction(parts.context(), async (ctx) => {
    if (!(await swapCredential(ctx.tx, user.id, { from: stored ?? '', to: hash }))) throw wrongPassword();
    await deleteSessionsOf(ctx.tx, user.id);
    await deleteUnusedTokensOf(ctx.tx, user.id);
    const session = await sessions.open(ctx.tx, user.id);
    await parts.audit(ctx, { user: user.id, kind: 'password.changed' });
    await parts.revoke(ctx.tx);
    return session;
  });
  throttle.succeed(keys);
  return opened;
}

function wrongPassword() {
  return validationError([{ path: '/current', code: 'password', message: 'This is not your password of now.' }]);
}
