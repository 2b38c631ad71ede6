import { Router } from 'express';
import type { Request, Response } from 'express';
import { createThrottle, peerKey } from '../auth/throttle.ts';
import type { TakeContext } from '../channels/find-counterpart.ts';
import type { Form } from '../definitions/model.ts';
import { CasementError } from '../errors.ts';
import { createTextRenderer } from '../rules/render-text.ts';
import { isObject, rawBody, signedBody } from './body.ts';
import type { HttpDeps } from './deps.ts';
import { submitForm } from './forms.ts';
import type { FormDeps } from './forms.ts';
import { methodNotAllowed } from './guards.ts';
import { parseQueryString, refuseUnknown } from './parse-query.ts';
import { parseJson } from './scan-json.ts';
import { sendJson } from './send.ts';

const REFUSALS_PER_MINUTE = 30;

/**
 * `/hooks/{name}`: the door for other programs: channels, and the signed forms of the definitions. Nobody without a valid signature learns what there
 * is; what was taken is taken once, however often it is sent.
 */
export function hooksRoutes(http: HttpDeps): Router {
  const deps: FormDeps = { ...http, texts: createTextRenderer() };
  const router = Router({ caseSensitive: true });
  const message = 'Too many refused requests from this address.';
  const throttle = createThrottle(deps.clock, { limit: REFUSALS_PER_MINUTE, window: 60_000, message });
  router
    .route('/:name')
    .post(signedBody(), async (request: Request, response: Response) => {
      refuseUnknown(parseQueryString(request.url), []);
      const peer = peerKey(request.ip);
      throttle.check(peer);
      try {
        await takeRequest(deps, request);
      } catch (error) {
        if (error instanceof CasementError && error.code === 'UNAUTHENTICATED') throttle.count(peer);
        throw error;
      }
      sendJson(response, { ok: true });
    })
    .all(methodNotAllowed('POST'));
  return router;
}

async function takeRequest(deps: FormDeps, request: Request): Promise<void> {
  const name = String(request.params['name']);
  const form = deps.records.model().forms.get(name);
  const body = rawBody(request);
  const header = (key: string) => {
    const value = request.headers[key];
    return typeof value === 'string' ? value : undefined;
  };
  const take = form?.signed === true ? (ctx: TakeContext) => takeHook(deps, ctx, { form, body }) : undefined;
  await deps.ways.inbound.receive(name, { header, body }, take);
}

/** The values are looked for where the form says; what else a program tells is left alone. */
async function takeHook(
  deps: FormDeps,
  ctx: TakeContext,
  { form, body }: { readonly form: Form; readonly body: Buffer },
): Promise<void> {
  const json: unknown = body.length === 0 ? {} : parseJson(body);
  const input = new Map(
    form.fields.flatMap(({ key, from = [key] }): [string, unknown][] => {
      const value = valueAt(json, from);
      return value === undefined ? [] : [[key, value]];
    }),
  );
  await submitForm(deps, ctx, { form, input });
}

function valueAt(json: unknown, path: readonly string[]): unknown {
  let value = json;
  for (const name of path) {
    if (Array.isArray(value)) value = /^\d{1,4}$/.test(name) ? (value[Number(name)] as unknown) : undefined;
    else value = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  }
  return value;
}
