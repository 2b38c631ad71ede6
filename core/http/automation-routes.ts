import { Router } from 'express';
import type { Request, Response } from 'express';
import { holdsRightsOf } from '../auth/role-grant.ts';
import { describeRules } from '../automation/describe-rules.ts';
import type { RuleInfo } from '../automation/describe-rules.ts';
import { RUN_STATES } from '../automation/run-log.ts';
import type { Principal } from '../context.ts';
import { CasementError, validationError } from '../errors.ts';
import { isId } from '../fields/uuid.ts';
import { parseDuration } from '../rules/duration.ts';
import { jsonBody, objectBody } from './body.ts';
import type { HttpDeps } from './deps.ts';
import { methodNotAllowed } from './guards.ts';
import { onceByKey } from './idempotency.ts';
import { oneOf, parseLimit, parseQueryString, refuseUnknown } from './parse-query.ts';
import { readInput } from './read-input.ts';
import { contextOf, requireIdentity, requireOperation } from './request-context.ts';
import { sendJson, sendText } from './send.ts';

/** Milliseconds a pressed button waits for its run. */
const SETTLE = 5_000;
const LONGEST_TRY = 5 * 366 * 86_400_000;

/** `/automations`: the rules, what they have done, what one would have done, and their buttons. All but the buttons need the operation `jobs`. */
export function automationRoutes(deps: HttpDeps): Router {
  const router = Router({ caseSensitive: true });
  const watching = (handler: (request: Request, response: Response) => Promise<void>) => {
    return async (request: Request, response: Response) => {
      requireOperation(deps, requireIdentity(response).principal, 'jobs');
      await handler(request, response);
    };
  };
  router
    .route('/')
    .get(watching((request, response) => listRules(deps, request, response)))
    .all(methodNotAllowed('GET'));
  router
    .route('/runs')
    .get(watching((request, response) => listRuns(deps, request, response)))
    .all(methodNotAllowed('GET'));
  router
    .route('/:name')
    .get(
      watching(async (request, response) => {
        refuseUnknown(parseQueryString(request.url), []);
        const rule = ruleOf(deps, request, response);
        sendJson(response, { ...rule, runs: (await deps.automation.counts()).get(rule.name) ?? {} });
      }),
    )
    .all(methodNotAllowed('GET'));
  router
    .route('/:name/runs')
    .get(watching((request, response) => listRuns(deps, request, response, ruleOf(deps, request, response).name)))
    .all(methodNotAllowed('GET'));
  router
    .route('/:name/run')
    .post(jsonBody(), (request: Request, response: Response) => press(deps, request, response))
    .all(methodNotAllowed('POST'));
  router
    .route('/:name/try')
    .post(
      jsonBody(),
      watching((request, response) => tryOut(deps, request, response)),
    )
    .all(methodNotAllowed('POST'));
  return router;
}

async function listRules(deps: HttpDeps, request: Request, response: Response): Promise<void> {
  refuseUnknown(parseQueryString(request.url), []);
  const { locale } = contextOf(deps, request, response);
  const counts = await deps.automation.counts();
  const rules = describeRules(deps.records.model(), locale);
  sendJson(response, {
    data: rules.map((rule) => ({ ...rule, runs: counts.get(rule.name) ?? {} })),
    actions: deps.automation.actions(),
  });
}

function ruleOf(deps: HttpDeps, request: Request, response: Response): RuleInfo {
  const { locale } = contextOf(deps, request, response);
  const name = String(request.params['name']);
  const rule = describeRules(deps.records.model(), locale).find((one) => one.name === name);
  if (!rule) throw new CasementError('NOT_FOUND', 'There is no such rule.');
  return rule;
}

async function listRuns(deps: HttpDeps, request: Request, response: Response, rule?: string): Promise<void> {
  const query = parseQueryString(request.url);
  refuseUnknown(query, ['entity', 'record', 'state', 'limit', 'after']);
  const state = oneOf(query, 'state', RUN_STATES);
  const entity = query.get('entity');
  if (entity !== undefined && !deps.records.model().entities.has(entity))
    throw new CasementError('BAD_REQUEST', '"entity" is the key of no entity.');
  const ids = Object.fromEntries(['record', 'after'].flatMap((key) => idIn(query, key)));
  const texts = { ...ids, ...(entity === undefined ? {} : { entity }) };
  const page = { ...texts, ...(state ? { state } : {}), ...(rule === undefined ? {} : { rule }) };
  sendJson(response, await deps.automation.runs({ ...page, limit: parseLimit(query) }));
}

function idIn(query: ReadonlyMap<string, string>, key: string): readonly (readonly [string, string])[] {
  const value = query.get(key);
  if (value === undefined) return [];
  if (!isId(value)) throw new CasementError('BAD_REQUEST', `"${key}" is no id.`);
  return [[key, value.toLowerCase()]];
}

/** Whoever may press needs no right to look at rules. What the run says is for who may. */
async function press(deps: HttpDeps, request: Request, response: Response): Promise<void> {
  refuseUnknown(parseQueryString(request.url), []);
  const input = readInput(objectBody(request), ['id']);
  const id = input.text('id');
  input.finish();
  const rule = String(request.params['name']);
  let root: string | undefined;
  const answer = await onceByKey(deps, request, contextOf(deps, request, response), async (ctx) => {
    const pressed = await deps.records.transaction(ctx, (inside) => deps.automation.press(inside, { rule, id }));
    ({ root } = pressed);
    return { status: 200, body: JSON.stringify({ run: pressed.run }) };
  });
  if (root !== undefined) await deps.jobs.settle(root, SETTLE);
  const { run } = JSON.parse(answer.body) as { readonly run: string };
  const found = await deps.automation.run(run);
  sendText(response, JSON.stringify({ state: found?.state ?? 'running', reason: found?.reason ?? '' }), answer.status);
}

async function tryOut(deps: HttpDeps, request: Request, response: Response): Promise<void> {
  refuseUnknown(parseQueryString(request.url), []);
  requireAll(deps, contextOf(deps, request, response).principal);
  const input = readInput(objectBody(request), ['since', 'until']);
  const now = deps.clock.now();
  const since = momentOf(input.text('since'), now);
  const until = momentOf(input.optionalText('until') ?? new Date(now).toISOString(), now);
  input.finish();
  const { name } = ruleOf(deps, request, response);
  if (since === null) throw wrong('/since', 'Must be an age such as 90d or an instant such as 2026-03-01T00:00:00Z.');
  if (until === null || until > now) throw wrong('/until', 'Must be an instant that is past, or an age such as 1d.');
  if (since >= until || until - since > LONGEST_TRY)
    throw wrong('/since', 'Must lie before the end, by at most five years.');
  sendJson(response, await deps.automation.tryOut({ rule: name, since, until }));
}

/** What it tells comes from every record, whoever may see it. */
function requireAll(deps: HttpDeps, principal: Principal): void {
  const model = deps.records.model();
  if (principal.kind === 'system' || [...model.roles.keys()].every((role) => holdsRightsOf(model, principal, role)))
    return;
  throw new CasementError(
    'FORBIDDEN',
    'A rule is tried on every record there is, so only somebody with every right may do it.',
  );
}

/** An age before now, or an instant, in milliseconds; null when it is neither. */
function momentOf(text: string, now: number): number | null {
  if (/^\d{4}-/.test(text)) {
    const instant = Date.parse(text);
    return Number.isNaN(instant) ? null : instant;
  }
  try {
    return now - parseDuration(text);
  } catch {
    return null;
  }
}

function wrong(path: string, message: string): CasementError {
  return validationError([{ path, code: 'format', message }]);
}
