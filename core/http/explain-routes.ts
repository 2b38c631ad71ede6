import { Router } from 'express';
import { accessOf } from '../access/access.ts';
import type { Context, Principal } from '../context.ts';
import { CasementError } from '../errors.ts';
import type { HttpDeps } from './deps.ts';
import { methodNotAllowed } from './guards.ts';
import { oneOf, parseQueryString, refuseUnknown } from './parse-query.ts';
import { contextOf } from './request-context.ts';
import { sendJson } from './send.ts';

const ACTIONS = ['read', 'create', 'update', 'delete', 'assign'] as const;
const PARAMETERS = ['user', 'entity', 'id', 'field', 'action'] as const;

/** `/explain`: who may do something, and which rule of which role decides. About others it needs the operation `users`. */
export function explainRoutes(deps: HttpDeps): Router {
  const router = Router({ caseSensitive: true });
  router
    .route('/')
    .get(async (request, response) => {
      const query = parseQueryString(request.url);
      refuseUnknown(query, PARAMETERS);
      const ctx = contextOf(deps, request, response);
      const entity = query.get('entity');
      if (entity === undefined)
        throw new CasementError('BAD_REQUEST', '"entity" is missing: name one by its key, such as entity=deal.');
      const [id, field] = [query.get('id'), query.get('field')];
      const answer = await deps.records.explain(ctx, {
        ...(await subjectOf(deps, ctx, query.get('user'))),
        entity,
        action: oneOf(query, 'action', ACTIONS) ?? 'read',
        ...(id === undefined ? {} : { id }),
        ...(field === undefined ? {} : { field }),
      });
      sendJson(response, answer);
    })
    .all(methodNotAllowed('GET'));
  return router;
}

/** Oneself, with the rights of this very session or key; somebody else only as far as one may see him. */
async function subjectOf(
  deps: HttpDeps,
  ctx: Context,
  user: string | undefined,
): Promise<{ subject: Principal; isActive: boolean }> {
  if (user === undefined || user === ctx.principal.id) return { subject: ctx.principal, isActive: true };
  if (!accessOf(deps.records.model(), ctx.principal).operation('users'))
    throw new CasementError('FORBIDDEN', 'Asking for the rights of others needs the right "users".');
  const { id, name } = await deps.records.get(ctx, { entity: 'user', id: user, fields: ['id', 'name'] });
  try {
    return { subject: await deps.auth.principalOf(String(id)), isActive: true };
  } catch (error) {
    if (!(error instanceof CasementError) || error.code !== 'FORBIDDEN') throw error;
    const subject: Principal = { kind: 'user', id: String(id), name: String(name), roles: [], teamMates: [] };
    return { subject, isActive: false };
  }
}
