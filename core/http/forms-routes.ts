import { Router } from 'express';
import type { Request, Response } from 'express';
import { createThrottle, peerKey } from '../auth/throttle.ts';
import type { Form } from '../definitions/model.ts';
import { CasementError, validationError } from '../errors.ts';
import type { ErrorDetail } from '../errors.ts';
import { createTextRenderer } from '../rules/render-text.ts';
import { jsonOrFormBody, objectBody } from './body.ts';
import type { HttpDeps } from './deps.ts';
import { formPage, thanksPage } from './form-page.ts';
import { looksLikeRobot, STAMP, stampAgain } from './form-guard.ts';
import { settleForm, SOURCE_KEYS, submitForm } from './forms.ts';
import type { FormDeps } from './forms.ts';
import { methodNotAllowed } from './guards.ts';
import { onceByKey } from './idempotency.ts';
import { sendPage } from './page.ts';
import { parseQueryString, refuseUnknown } from './parse-query.ts';
import { publicContext } from './request-context.ts';
import { sendText } from './send.ts';

const DEFAULT_PER_MINUTE = 60;

/**
 * `/forms/{name}`: the only door for strangers. Create-only, named fields, nothing read back, no cookie set or looked at; so any site
 * may post to it, by a plain HTML form or by a script.
 */
export function formsRoutes(http: HttpDeps): Router {
  const deps: FormDeps = { ...http, texts: createTextRenderer() };
  const router = Router({ caseSensitive: true });
  const limit = deps.settings.formsPerMinute ?? DEFAULT_PER_MINUTE;
  const throttle = createThrottle(deps.clock, { limit, window: 60_000, message: 'Too many forms from this address.' });
  const guard = (request: Request) => {
    const peer = peerKey(request.ip);
    throttle.check(peer);
    throttle.count(peer);
  };
  router.use((_request, response, next) => {
    response.setHeader('Access-Control-Allow-Origin', '*');
    next();
  });
  router
    .route('/:name')
    .options((_request, response) => allowScripts(response))
    .get((request, response) => showForm(deps, request, response))
    .post(jsonOrFormBody(), async (request: Request, response: Response) => {
      guard(request);
      await takeForm(deps, request, response);
    })
    .all(methodNotAllowed('GET', 'POST', 'OPTIONS'));
  return router;
}

function allowScripts(response: Response): void {
  response.setHeader('Access-Control-Allow-Methods', 'GET, POST');
  response.setHeader('Access-Control-Allow-Headers', 'Content-Type, Idempotency-Key');
  response.setHeader('Access-Control-Max-Age', '600');
  response.statusCode = 204;
  response.end();
}

function formOf(deps: HttpDeps, request: Request): Form {
  const form = deps.records.model().forms.get(String(request.params['name']));
  if (!form || form.signed) throw new CasementError('NOT_FOUND', 'There is no such form.');
  return form;
}

/** Links to a form may carry source parameters and prefilled fields. */
function showForm(deps: HttpDeps, request: Request, response: Response): void {
  const form = formOf(deps, request);
  const query = parseQueryString(request.url);
  refuseUnknown(query, [...SOURCE_KEYS, ...form.fields.map(({ key }) => key)]);
  const { referer } = request.headers;
  const values = new Map<string, unknown>(query);
  if (!values.has('referrer') && referer !== undefined) values.set('referrer', referer.slice(0, 255));
  drawForm(deps, { request, response, form }, { values, errors: [] });
}

interface Shown {
  readonly values: ReadonlyMap<string, unknown>;
  readonly errors: readonly ErrorDetail[];
  readonly status?: number;
}

function drawForm(deps: HttpDeps, on: { request: Request; response: Response; form: Form }, shown: Shown): void {
  const { locale } = publicContext(deps, on.request, on.response);
  const source = SOURCE_KEYS.flatMap((key): [string, string][] => {
    const value = shown.values.get(key);
    return typeof value === 'string' && value !== '' ? [[key, value]] : [];
  });
  const page = formPage({
    form: on.form,
    texts: deps.records.model().texts,
    locale,
    values: shown.values,
    errors: shown.errors,
    stamp: stampAgain(shown.values.get(STAMP), {
      secret: deps.settings.secret,
      form: on.form.name,
      now: deps.clock.now(),
    }),
    source: new Map(source),
  });
  sendPage(on.response, page, shown.status ?? 200);
}

async function takeForm(deps: FormDeps, request: Request, response: Response): Promise<void> {
  const form = formOf(deps, request);
  const input = inputOf(request, form);
  try {
    await acceptForm(deps, { request, response, form }, input);
  } catch (error) {
    if (!wantsPage(request) || !(error instanceof CasementError) || error.code !== 'VALIDATION') throw error;
    drawForm(deps, { request, response, form }, { values: input, errors: error.errors, status: 422 });
  }
}

async function acceptForm(
  deps: FormDeps,
  on: { request: Request; response: Response; form: Form },
  input: ReadonlyMap<string, unknown>,
): Promise<void> {
  const { request, response, form } = on;
  refuseUnknown(parseQueryString(request.url), SOURCE_KEYS);
  const ctx = publicContext(deps, request, response);
  if (looksLikeRobot(input, { secret: deps.settings.secret, form: form.name, now: deps.clock.now() })) {
    throw validationError([
      { path: '', code: 'robot', message: 'This looks like an automatic post. Please send the form again.' },
    ]);
  }
  const { texts } = deps.records.model();
  let roots: readonly string[] = [];
  const answer = await onceByKey(deps, request, ctx, async (ctx) => {
    roots = await submitForm(deps, ctx, { form, input });
    return {
      status: 201,
      body: JSON.stringify({ ok: true, message: texts.get(`forms.${form.name}.thanks`, ctx.locale) }),
    };
  });
  await settleForm(deps, roots);
  if (wantsPage(request)) sendPage(response, thanksPage(form, texts, ctx.locale), 201);
  else sendText(response, answer.body, answer.status);
}

/** Pairs of an HTML form or members of a JSON object; a repeated pair is a list where the field holds a list, else refused. */
function inputOf(request: Request, form: Form): ReadonlyMap<string, unknown> {
  const body: unknown = request.body;
  const input = new Map<string, unknown>(parseQueryString(request.url));
  if (!(body instanceof URLSearchParams)) {
    for (const [key, value] of Object.entries(objectBody(request))) input.set(key, value);
    return input;
  }
  for (const key of new Set(body.keys())) {
    const values = body.getAll(key);
    const like = form.fields.find((field) => field.key === key)?.like;
    const holdsList = like?.type.schema(like)['type'] === 'array';
    if (values.length > 1 && !holdsList)
      throw new CasementError('BAD_REQUEST', `"${key.slice(0, 60)}" stands twice. Give it once.`);
    input.set(key, holdsList ? values : values[0]);
  }
  return input;
}

/** A browser's form gets a page; a script or program gets JSON. */
function wantsPage(request: Request): boolean {
  if (!(request.body instanceof URLSearchParams)) return false;
  return (request.headers.accept ?? '').includes('text/html');
}
