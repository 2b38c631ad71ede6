import { Agent, createServer, get } from 'node:http';
import type { Server } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { listen, stopListening } from './serve.ts';

/** Answers after so many milliseconds, as its path says. */
function createSlowServer(): Server {
  return createServer((request, response) => {
    setTimeout(() => response.end('done'), Number(request.url?.slice(1)));
  });
}

/** The status, or the code of the error. */
function ask(url: string, agent: Agent): Promise<string> {
  return new Promise((resolve) => {
    get(url, { agent }, (response) => {
      response.resume();
      response.on('end', () => resolve(String(response.statusCode)));
    }).on('error', (error) => resolve('code' in error ? String(error.code) : error.message));
  });
}

test('R-82: who is sending over a kept connection while the server stops is answered, then refused, and never cut off', async () => {
  const server = createSlowServer();
  const { local } = await listen(server, 0, '127.0.0.1');
  const ends = Array.from({ length: 40 }, async (_, index) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (;;) {
      const answer = await ask(`${local}/${index % 3}`, agent);
      if (answer !== '200') return answer;
      await pause(index % 5);
    }
  });
  const slow = ask(`${local}/1000`, new Agent({ keepAlive: true }));
  await pause(200);
  const asked = Date.now();
  await stopListening(server);
  expect(Date.now() - asked).toBeLessThan(10_000);
  expect(await slow).toBe('200');
  expect(new Set(await Promise.all(ends))).toEqual(new Set(['ECONNREFUSED']));
});

test('R-82: silent connections do not hold a stop', async () => {
  const server = createSlowServer();
  const { local } = await listen(server, 0, '127.0.0.1');
  const agent = new Agent({ keepAlive: true });
  expect(await ask(`${local}/0`, agent)).toBe('200');
  const asked = Date.now();
  await stopListening(server);
  await stopListening(server);
  expect(Date.now() - asked).toBeLessThan(3000);
  agent.destroy();
});
