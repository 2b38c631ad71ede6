import { Router } from 'express';
import { sql } from '../storage/sql.ts';
import type { HttpDeps } from './deps.ts';
import { methodNotAllowed } from './guards.ts';
import { parseQueryString, refuseUnknown } from './parse-query.ts';
import { sendJson } from './send.ts';

const PATIENCE = 2000;

/** `GET /health`: 200 when the database answers, else 503. Says nothing else. */
export function healthRoutes(deps: HttpDeps): Router {
  const router = Router({ caseSensitive: true });
  router
    .route('/')
    .get(async (request, response) => {
      refuseUnknown(parseQueryString(request.url), []);
      const isUp = await answersInTime(deps.db.read(sql`SELECT 1 AS "one"`));
      if (!isUp) response.setHeader('Retry-After', '2');
      sendJson(response, { status: isUp ? 'ok' : 'unavailable' }, isUp ? 200 : 503);
    })
    .all(methodNotAllowed('GET'));
  return router;
}

async function answersInTime(query: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), PATIENCE);
  });
  const answer = query.then(
    () => true,
    () => false,
  );
  const isUp = await Promise.race([answer, late]);
  clearTimeout(timer);
  return isUp;
}
