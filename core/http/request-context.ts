import type { Request, Response } from 'express';
import { accessOf } from '../access/access.ts';
import type { Identity } from '../auth/create-auth.ts';
import type { UserInfo } from '../auth/directory.ts';
import type { Context, Principal } from '../context.ts';
import { CasementError } from '../errors.ts';
import type { HttpDeps } from './deps.ts';
import { requestIdOf } from './problem.ts';

const NOBODY: Principal = { kind: 'public', id: null, name: 'public', roles: [], teamMates: [] };

/** The identity that `guards.ts` found, or undefined. */
export function identityOf(response: Response): Identity | undefined {
  return response.locals['identity'] as Identity | undefined;
}

/** Throws UNAUTHENTICATED when nobody is logged in. */
export function requireIdentity(response: Response): Identity {
  const identity = identityOf(response);
  if (!identity)
    throw new CasementError('UNAUTHENTICATED', 'Please log in, or send an API key as "Authorization: Bearer …".');
  return identity;
}

/** The person who asks. FORBIDDEN for a command: it has no account, no keys and no password. */
export function requirePerson(response: Response): { readonly principal: Principal; readonly user: UserInfo } {
  const { principal, user } = requireIdentity(response);
  if (!user) throw new CasementError('FORBIDDEN', 'This is about the account of a person. Log in to use it.');
  return { principal, user };
}

/** The context of a signed-in caller. */
export function contextOf(deps: HttpDeps, request: Request, response: Response): Context {
  const { principal, user } = requireIdentity(response);
  return {
    ...publicContext(deps, request, response),
    principal,
    door: user ? 'api' : 'cli',
    locale: localeOf(deps, request, user?.language ?? null),
  };
}

/** The context of a visitor; may read and write nothing by itself. */
export function publicContext(deps: HttpDeps, request: Request, response: Response): Context {
  return {
    principal: NOBODY,
    door: 'api',
    clock: deps.clock,
    log: deps.log,
    locale: localeOf(deps, request, null),
    requestId: requestIdOf(response),
  };
}

/** The language the screen asks for, else the person's own, else the organisation's, else English. */
function localeOf(deps: HttpDeps, request: Request, own: string | null): string {
  const { languages } = deps.records.model();
  const asked = (request.headers['accept-language'] ?? '').split(',').map((part) => part.split(';')[0]?.trim() ?? '');
  for (const wanted of [...asked, own ?? '', deps.records.organisation().language]) {
    const found =
      languages.find((known) => known === wanted) ?? languages.find((known) => known === wanted.split('-')[0]);
    if (found) return found;
  }
  return 'en';
}

/** Throws FORBIDDEN unless one of the caller's roles has the operation. */
export function requireOperation(deps: HttpDeps, principal: Principal, operation: string): void {
  if (!accessOf(deps.records.model(), principal).operation(operation))
    throw new CasementError('FORBIDDEN', `This needs the right "${operation}". Ask the owner of this Casement for it.`);
}
