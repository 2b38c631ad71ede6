import type { Request, Response } from 'express';
import { CasementError } from '../errors.ts';
import { setSessionCookie } from './cookies.ts';
import type { HttpDeps } from './deps.ts';
import { readInput } from './read-input.ts';
import { requirePerson } from './request-context.ts';
import { sendNothing } from './send.ts';

/** `POST /auth/password {current, password}`: a signed-in person changes his own. All his sessions end; the answer carries a new cookie. */
export async function changeOwnPassword(
  deps: HttpDeps,
  on: { readonly request: Request; readonly response: Response },
  body: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { principal, user } = requirePerson(on.response);
  if (principal.kind !== 'user')
    throw new CasementError('FORBIDDEN', 'A key cannot change a password. Log in to do it.');
  const input = readInput(body, ['current', 'password']);
  const [current, password] = [input.text('current', 4096), input.text('password', 4096)];
  input.finish();
  const { token, expiresAt } = await deps.auth.changePassword({ user, current, password, peer: on.request.ip });
  setSessionCookie(on.response, deps.settings, { token, maxAge: expiresAt - deps.clock.now() });
  sendNothing(on.response);
}
