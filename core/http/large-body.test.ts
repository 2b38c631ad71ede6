import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import express from 'express';
import type { Request, Response } from 'express';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog } from '../../tests/support/databases.ts';
import { jsonBody } from './body.ts';
import { createHttpServer } from './http-server.ts';
import { problemHandler } from './problem.ts';

let server: Server;

beforeEach(async () => {
  const app = express();
  app.post('/', jsonBody(), (_request: Request, response: Response) => void response.end('taken'));
  app.use(problemHandler(silentLog));
  server = createHttpServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

/** Sends this and nothing more; answers what came until the server closed the connection, and after how many milliseconds. */
function say(text: string): Promise<{ answer: string; took: number }> {
  const begun = Date.now();
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve({ answer, took: Date.now() - begun }));
  });
}

const head = (length: number) =>
  `POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;

test('R-80: a body that says of itself that it is huge is refused before it comes', async () => {
  const { answer, took } = await say(`${head(10_000_000_000)}{"name":"`);
  expect(answer).toMatch(/^HTTP\/1\.1 413 /);
  expect(answer).toContain('Connection: close');
  expect(answer).toContain('"TOO_LARGE"');
  expect(took).toBeLessThan(5000);
});

test('R-80: one that is a little too large is refused when it has come, so that its sender reads why', async () => {
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify('x'.repeat(2_000_000)),
  });
  expect(response.status).toBe(413);
});

test('R-80: who sends nothing at all is closed soon after its time is over', async () => {
  server.headersTimeout = 300;
  server.requestTimeout = 300;
  expect((await say('')).took).toBeLessThan(15_000);
});
