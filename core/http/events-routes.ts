import { Router } from 'express';
import type { Request, Response } from 'express';
import type { Identity } from '../auth/create-auth.ts';
import { CasementError } from '../errors.ts';
import type { EventHub, Listener } from './event-hub.ts';
import { methodNotAllowed } from './guards.ts';
import { parseQueryString, refuseUnknown } from './parse-query.ts';
import { requireIdentity } from './request-context.ts';

const HEARTBEAT = 25_000;
/** A line that takes nothing for this long is dead. */
const PATIENCE = 30_000;
const MAX_STREAMS = 2000;
const MAX_STREAMS_EACH = 20;

/** `GET /events`: server-sent events, `event: change` with the entity, id, kind and number of each change the caller may see. */
export function eventsRoutes(hub: EventHub): Router {
  const router = Router();
  const open = new Map<string, number>();
  let total = 0;

  /** Answers how to give the place back. */
  function takePlace(who: string): () => void {
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
  }

  router
    .route('/')
    .get((request: Request, response: Response) => {
      refuseUnknown(parseQueryString(request.url), []);
      const { principal } = requireIdentity(response);
      const giveBack = takePlace(principal.id ?? principal.name);
      const leave = hub.join(listenerOf(response));
      const heartbeat = setInterval(() => {
        if (!response.writableNeedDrain) response.write(': still here\n\n');
      }, HEARTBEAT);
      response.once('close', () => {
        clearInterval(heartbeat);
        leave();
        giveBack();
      });
      startStream(response);
    })
    .all(methodNotAllowed('GET'));
  return router;
}

function startStream(response: Response): void {
  response.statusCode = 200;
  response.setHeader('Content-Type', 'text/event-stream; charset=utf-8');
  response.setHeader('Cache-Control', 'no-store, no-transform');
  response.setHeader('X-Accel-Buffering', 'no');
  response.socket?.setTimeout(0);
  response.write('retry: 3000\n\n');
}

function listenerOf(response: Response): Listener {
  const askAgain = response.locals['askAgain'] as () => Promise<Identity | null>;
  return {
    principal: async () => (await askAgain())?.principal ?? null,
    send: ({ seq, entity, record, kind }) => {
      return writeSlowly(
        response,
        `id: ${seq}\nevent: change\ndata: ${JSON.stringify({ entity, id: record, kind, seq })}\n\n`,
      );
    },
    sendReset: () => writeSlowly(response, 'event: reset\ndata: {}\n\n'),
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
