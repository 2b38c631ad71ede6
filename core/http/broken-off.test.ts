import { once } from 'node:events';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import express from 'express';
import type { NextFunction, Request, Response } from 'express';
import { expect, test } from 'vitest';
import { jsonBody, jsonOrFormBody } from './body.ts';
import { createHttpServer } from './http-server.ts';

const BODY = '{"name":"Anna"}';

/** Who goes away while he is being looked up; answers what the doors behind were told. */
async function breakOff(body: typeof jsonBody, head: string): Promise<readonly string[]> {
  const told: string[] = [];
  const app = express();
  app.use(async (request: Request, _response: Response, next: NextFunction) => {
    await new Promise((resolve) => request.once('close', resolve));
    next();
  });
  app.post('/', body(), (request: Request) => void told.push(`taken with ${JSON.stringify(request.body)}`));
  app.use((error: Error, _request: Request, _response: Response, _next: NextFunction) => void told.push(String(error)));
  const server = createHttpServer(app);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1', () => {
    socket.write(`POST / HTTP/1.1\r\nHost: a\r\n${head}`, () => setTimeout(() => socket.resetAndDestroy(), 30));
  });
  socket.on('error', () => undefined);
  for (let waited = 0; waited < 3000 && told.length === 0; waited += 20) await pause(20);
  server.close();
  return told;
}

test.each([
  ['a body that had come', `Content-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n${BODY}`],
  ['half a body', `Content-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n{"na`],
  ['no body yet', `Content-Type: application/json\r\nContent-Length: ${BODY.length}\r\n\r\n`],
  ['a body in chunks', `Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"nam\r\n`],
])('R-74: a request broken off with %s is never taken for one without a body', async (_what, head) => {
  for (const body of [jsonBody, jsonOrFormBody]) {
    const [told = 'nothing'] = await breakOff(body, head);
    expect(told).not.toContain('taken');
    expect(told).toContain('broken off');
  }
});

test('a request without a body is one', async () => {
  expect(await breakOff(jsonBody, '\r\n')).toEqual(['taken with undefined']);
});
