import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Request } from 'express';
import { expect, test } from 'vitest';
import { receiveUpload } from './receive-upload.ts';
import type { Upload } from './receive-upload.ts';

/** Sends the beginning of an upload and goes away; the taker is asked once the event has been. Answers how it ended. */
async function breakOff(when: 'aborted' | 'close' | 'data'): Promise<{ ended: string; open: number }> {
  const server = createServer();
  let open = 0;
  const take = async ({ content }: Upload) => {
    open += 1;
    // The taker opens its file first.
    await pause(20);
    try {
      for await (const piece of content) void piece;
    } finally {
      open -= 1;
    }
  };
  const ended = new Promise<string>((resolve) => {
    server.on('request', (request: IncomingMessage) => {
      const begin = () => {
        receiveUpload(request as Request, take).then(
          () => resolve('taken'),
          (error: unknown) => resolve(String(error)),
        );
      };
      if (when === 'data') begin();
      else request.once(when, begin);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1', () => {
    const part = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n';
    const head = `POST /files HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 300000\r\n\r\n`;
    // So little that the server goes on reading: else it would not see the end before it is asked for more.
    socket.write(head + part + 'x'.repeat(400), () => setTimeout(() => socket.resetAndDestroy(), 50));
  });
  socket.on('error', () => undefined);
  const said = await Promise.race([ended, pause(3000, 'it never ended')]);
  await pause(100);
  server.close();
  return { ended: said, open };
}

test.each(['data', 'aborted', 'close'] as const)(
  'R-35: an upload that breaks off ends for its taker, whether it is asked for before or after (%s)',
  async (when) => {
    expect(await breakOff(when)).toEqual({ ended: 'CasementError: The upload was broken off.', open: 0 });
  },
);
