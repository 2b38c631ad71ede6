import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Express } from 'express';
import { uuidv7 } from 'uuidv7';

/** The server around the application, not listening yet: patience with slow clients is bounded. */
export function createHttpServer(app: Express): Server {
  // Node looks for slow clients only every 30 seconds by default; then a limit of 15 would be one of 45.
  const server = createServer({ connectionsCheckingInterval: 1000, ...messagesOf(app) }, app);
  configureTimeouts(server);
  const answers = new WeakMap<Duplex, readonly ServerResponse[]>();
  const dueOn = (socket: Duplex) => (answers.get(socket) ?? []).filter(({ closed }) => !closed);
  server.prependListener('request', (request, response) => {
    answers.set(request.socket, [...dueOn(request.socket), response]);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => answerGarbage(error, socket, dueOn(socket)));
  return server;
}

/**
 * Express gives each request and answer another prototype, after which the engine treats them as strangers: that costs more than all the
 * rest of a short request. Made with the right prototype from the first, they are left alone.
 */
function messagesOf(app: Express) {
  class AppRequest extends IncomingMessage {}
  class AppResponse extends ServerResponse {}
  Object.setPrototypeOf(AppRequest.prototype, app.request);
  Object.setPrototypeOf(AppResponse.prototype, app.response);
  Object.assign(app, { request: AppRequest.prototype, response: AppResponse.prototype });
  return { IncomingMessage: AppRequest, ServerResponse: AppResponse };
}

/** Slow or idle clients give their place back; the defaults of Node wait far longer. */
function configureTimeouts(server: Server): void {
  server.headersTimeout = 15_000;
  server.requestTimeout = 60_000;
  server.keepAliveTimeout = 10_000;
  server.maxConnections = 10_000;
}

/**
 * What is not HTTP at all never reaches express. A request that came whole before it still gets its answer, and only that: the program would take
 * another for it.
 */
function answerGarbage(error: NodeJS.ErrnoException, socket: Duplex, due: readonly ServerResponse[]): void {
  const last = due.findLast(({ req }) => req.complete);
  if (last) {
    socket.pause();
    last.once('close', () => socket.destroy());
    return;
  }
  if (error.code === 'ECONNRESET' || !socket.writable || due.some(({ headersSent }) => headersSent)) {
    socket.destroy();
    return;
  }
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  const title = { 431: 'Request Header Fields Too Large', 408: 'Request Timeout', 400: 'Bad Request' }[status];
  const problem = {
    type: 'urn:casement:error:bad-request',
    title,
    status,
    code: 'BAD_REQUEST',
    detail: 'The request cannot be read.',
    requestId: uuidv7(),
  };
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}
