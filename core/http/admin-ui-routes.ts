import type { ServerResponse } from 'node:http';
import express, { Router } from 'express';
import type { Response } from 'express';
import { CasementError } from '../errors.ts';
import type { HttpSettings } from './deps.ts';
import { methodNotAllowed } from './guards.ts';

/** `/app/`: the built screens. Any address inside that is no file is one of their routes and gets the start page. */
export function adminUiRoutes(settings: HttpSettings): Router {
  const router = Router({ caseSensitive: true });
  const dir = settings.uiDir;
  if (!dir) {
    router.use((_request, response) => sendNotBuilt(response));
    return router;
  }
  router.use(express.static(dir, { index: false, redirect: false, dotfiles: 'ignore', setHeaders: cacheByName }));
  router.use((request, response, next) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return methodNotAllowed('GET')(request, response, next);
    if (/^\/assets\//.test(request.path) || /\.[a-z0-9]{2,5}$/i.test(request.path)) {
      throw new CasementError('NOT_FOUND', 'There is no such file of the admin UI. Reload the page.');
    }
    response.setHeader('Cache-Control', 'no-cache');
    response.sendFile('index.html', { root: dir, cacheControl: false });
  });
  return router;
}

/** Names with a hash never change their content; the rest is asked for again each time. */
function cacheByName(response: ServerResponse, path: string): void {
  const isHashed = /[\\/]assets[\\/].+-[\w-]{8,}\.\w+$/.test(path);
  response.setHeader('Cache-Control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
}

function sendNotBuilt(response: Response): void {
  response.statusCode = 503;
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.end(
    'The server runs, but its screens are not built yet.\nRun: npm run build\nand load this page again. The API works already: see /health.\n',
  );
}
