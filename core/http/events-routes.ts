import { Router } from 'express';
import type { Request, Response } from 'express';
import type { Identity } from '../auth/create-auth.ts';
import { CasementError } from '../errors.ts';
import type { EventHub } from './event-hub.ts';
import type { Listener } from './event-line.ts';
import { methodNotAllowed } from './guards.ts';
import { parseQueryString, refuseUnknown } from './parse-query.ts';
import { requireIdentity } from './request-context.ts';

const HEARTBEAT = 15_000;
/** A line that takes nothing for this long is dead. */
const PATIENCE = 30_000;
const MAX_STREAMS = 2000;
const MAX_STREAMS_EACH = 20;

/**
 * `GET /events`: server-sent events, `event: change` with the entity, id, kind and number of each change the caller may see. A browser that
 * lost the line sends `Last-Event-ID` by itself and is told what it missed, or `event: reset` when that is too much.
 * `event: model` comes after a change of the definitions.
 */
export function eventsRoutes(hub: EventHub): Router {
  const router = Router({ caseSensitive: true });
  const takePlace = createPlaces();
  router
    .route('/')
    .get(async (request: Request, response: Response) => {
      refuseUnknown(parseQueryString(request.url), []);
      const { principal } = requireIdentity(response);
      if (request.method === 'HEAD') return void startStream(response).end();
      const giveBack = takePlace(principal.id ?? principal.name);
      response.once('close', giveBack);
      const listener = listenerOf(response);
      startStream(response);
      const heartbeat = setInterval(() => {
        if (!response.writableNeedDrain) response.write(': still here\n\n');
        hub.check(listener);
      }, HEARTBEAT);
      response.once('close', () => clearInterval(heartbeat));
      const leave = await hub.join(listener, lastEventId(request));
      if (response.destroyed) leave();
      else response.once('close', leave);
    })
    .all(methodNotAllowed('GET'));
  return router;
}

/** How many may look at once, together and each. Answers how to give the place back. */
function createPlaces(): (who: string) => () => void {
  const open = new Map<string, number>();
  let total = 0;
  return (who) => {
    const own = open.get(who) ?? 0;
    if (total >= MAX_STREAMS || own >= MAX_STREAMS_EACH) {
      throw new CasementError('UNAVAILABLE', 'Too many live screens are open. Close some and try again.');
    }
    total += 1;
    open.set(who, own + 1);
    return () => {
      total -= 1;
      const left = (open.get(who) ?? 1) - 1;
      if (left > 0) open.set(who, left);
      else open.delete(who);
    };
  };
}

function lastEventId(request: Request): string | undefined {
  const header = request.headers['last-event-id'];
  return typeof header === 'string' && header !== '' ? header : undefined;
}

function startStream(response: Response): Response {
  response.statusCode = 200;
  response.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
  response.setHeader('Cache-Control', 'no-store, no-transform');
  response.setHeader('X-Accel-Buffering', 'no');
  response.socket?.setTimeout(0);
  response.write('retry: 3000\n\n');
  return response;
}

function listenerOf(response: Response): Listener {
  const askAgain = response.locals['askAgain'] as () => Promise<Identity | null>;
  return {
    principal: async () => (await askAgain())?.principal ?? null,
    send({ seq, entity, record, kind }, mark) {
      const data = JSON.stringify({ entity, id: record, kind, seq });
      return writeSlowly(response, `id: ${mark}\nevent: change\ndata: ${data}\n\n`);
    },
    sendMark: (mark) => writeSlowly(response, `id: ${mark}\n\n`),
    sendReset: (mark) => writeSlowly(response, `id: ${mark}\nevent: reset\ndata: {}\n\n`),
    sendModel: () => writeSlowly(response, 'event: model\ndata: {}\n\n'),
    end: () => response.end(),
  };
}

/** Waits until a slow reader has taken what was written; gives up on a dead one. */
function writeSlowly(response: Response, text: string): Promise<void> {
  if (response.writableEnded || response.destroyed) return Promise.reject(new Error('the stream is closed'));
  if (response.write(text)) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const finish = (error?: Error) => {
      clearTimeout(timer);
      response.off('drain', onDrain).off('close', onClose);
      if (error) reject(error);
      else resolve();
    };
    const onDrain = () => finish();
    const onClose = () => finish(new Error('the stream is closed'));
    const timer = setTimeout(() => {
      response.destroy();
      finish(new Error('the reader takes nothing'));
    }, PATIENCE);
    response.once('drain', onDrain).once('close', onClose);
  });
}
