import { Router } from 'express';
import type { Request, Response } from 'express';
import type { UserInfo } from '../auth/directory.ts';
import { CasementError } from '../errors.ts';
import { accountPages } from './account-pages.ts';
import { jsonBody, objectBody } from './body.ts';
import { clearSessionCookie, readSessionCookie, setSessionCookie } from './cookies.ts';
import type { HttpDeps } from './deps.ts';
import { methodNotAllowed } from './guards.ts';
import { parseQueryString, refuseUnknown } from './parse-query.ts';
import { readInput } from './read-input.ts';
import { contextOf, requirePerson } from './request-context.ts';
import { sendJson, sendNothing } from './send.ts';

type Action = (deps: HttpDeps, request: Request, response: Response) => Promise<void>;

/** `/auth`: log-in and out, invites, passwords, keys. */
export function authRoutes(deps: HttpDeps): Router {
  const router = Router({ caseSensitive: true });
  const body = jsonBody();
  const run = (action: Action) => async (request: Request, response: Response) => {
    refuseUnknown(parseQueryString(request.url), []);
    await action(deps, request, response);
  };
  router.route('/login').post(body, run(login)).all(methodNotAllowed('POST'));
  router.route('/logout').post(body, run(logout)).all(methodNotAllowed('POST'));
  router.route('/me').get(run(me)).all(methodNotAllowed('GET'));
  router.route('/invites').post(body, run(invite)).all(methodNotAllowed('POST'));
  router.route('/reset').post(body, run(reset)).all(methodNotAllowed('POST'));
  router.route('/keys').get(run(listKeys)).post(body, run(createKey)).all(methodNotAllowed('GET', 'POST'));
  router.route('/keys/:id').delete(run(revokeKey)).all(methodNotAllowed('DELETE'));
  router.use(accountPages(deps));
  return router;
}

async function login(deps: HttpDeps, request: Request, response: Response): Promise<void> {
  const input = readInput(objectBody(request), ['email', 'password']);
  const [email, password] = [input.text('email', 320), input.text('password', 4096)];
  input.finish();
  const { token, expiresAt, user } = await deps.auth.login({ email, password, peer: request.ip });
  // A session that the browser still holds ends here: a log-in always means a new one.
  const old = readSessionCookie(request, deps.settings);
  if (old !== undefined) await deps.auth.logout(old);
  setSessionCookie(response, deps.settings, { token, maxAge: expiresAt - deps.clock.now() });
  sendJson(response, { user: publicUser(user) });
}

async function logout(deps: HttpDeps, request: Request, response: Response): Promise<void> {
  const token = readSessionCookie(request, deps.settings);
  if (token !== undefined) await deps.auth.logout(token);
  clearSessionCookie(response, deps.settings);
  sendNothing(response);
}

async function me(deps: HttpDeps, _request: Request, response: Response): Promise<void> {
  const { principal, user } = requirePerson(response);
  const roles = deps.records.model().roles;
  const operations = new Set(principal.roles.flatMap((name) => roles.get(name)?.operations ?? []));
  sendJson(response, { user: { ...publicUser(user), roles: principal.roles }, operations: [...operations].sort() });
}

async function invite(deps: HttpDeps, request: Request, response: Response): Promise<void> {
  const ctx = contextOf(deps, request, response);
  const input = readInput(objectBody(request), ['user']);
  const user = input.text('user', 36).toLowerCase();
  input.finish();
  const { token } = await deps.auth.invite(ctx, user);
  const base = deps.settings.url ?? '';
  sendJson(response, { token, url: `${base.replace(/\/$/, '')}/auth/password?token=${token}` }, 201);
}

async function reset(deps: HttpDeps, request: Request, response: Response): Promise<void> {
  const input = readInput(objectBody(request), ['email']);
  const email = input.text('email', 320);
  input.finish();
  await deps.auth.resetByMail({ email, peer: request.ip });
  sendNothing(response);
}

async function createKey(deps: HttpDeps, request: Request, response: Response): Promise<void> {
  const { principal } = requirePerson(response);
  const input = readInput(objectBody(request), ['name', 'roles', 'expiresAt']);
  const [name, roles, expiresAt] = [input.text('name', 120), input.texts('roles'), input.optionalText('expiresAt', 40)];
  input.finish();
  const made = await deps.auth.createKey(principal, { name, roles, ...(expiresAt === undefined ? {} : { expiresAt }) });
  sendJson(response, made, 201);
}

async function listKeys(deps: HttpDeps, _request: Request, response: Response): Promise<void> {
  const { user } = requirePerson(response);
  sendJson(response, { data: await deps.auth.listKeys(user.id) });
}

async function revokeKey(deps: HttpDeps, request: Request, response: Response): Promise<void> {
  const { principal, user } = requirePerson(response);
  if (principal.kind !== 'user') throw new CasementError('FORBIDDEN', 'A key cannot revoke keys. Log in to do it.');
  await deps.auth.revokeKey({ id: String(request.params['id']), user: user.id });
  sendNothing(response);
}

function publicUser(user: UserInfo) {
  return { id: user.id, name: user.name, email: user.email, language: user.language, roles: user.roles };
}
