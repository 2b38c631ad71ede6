import { Router } from 'express';
import { JOBS_HELD } from '../jobs/held-jobs.ts';
import { sql } from '../storage/sql.ts';
import type { HttpDeps } from './deps.ts';
import { methodNotAllowed } from './guards.ts';
import { parseQueryString, refuseUnknown } from './parse-query.ts';
import { sendJson } from './send.ts';

const PATIENCE = 2000;
const HELD = sql`SELECT "key" FROM "_meta" WHERE "key" = ${JOBS_HELD}`;

/** `GET /health`: 200 when the database answers, else 503. Says besides only that jobs of a restore wait for a decision. */
export function healthRoutes(deps: HttpDeps): Router {
  const router = Router({ caseSensitive: true });
  router
    .route('/')
    .get(async (request, response) => {
      refuseUnknown(parseQueryString(request.url), []);
      const held = await answerInTime(deps.db.read(HELD));
      if (!held) response.setHeader('Retry-After', '2');
      const state = held ? { status: 'ok', ...(held.length > 0 ? { jobs: 'held' } : {}) } : { status: 'unavailable' };
      sendJson(response, state, held ? 200 : 503);
    })
    .all(methodNotAllowed('GET'));
  return router;
}

/** Undefined when it fails or takes too long. */
async function answerInTime<T>(query: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), PATIENCE);
  });
  const answer = await Promise.race([query.catch(() => undefined), late]);
  clearTimeout(timer);
  return answer;
}
