import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { silentLog } from '../../tests/support/databases.ts';
import type { Database } from './database.ts';
import { openDatabase } from './open-database.ts';
import { sql } from './sql.ts';

/** "ReadyForQuery", idle: the connection has been taken. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);

/** "ErrorResponse" of a server that an operator shuts down. */
function fatal(): Buffer {
  const fields = Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection due to administrator command\0\0');
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

/** A server that takes a connection and ends it in the same breath, as in a restart under load. */
describe('a connection of PostgreSQL that ends as it begins', () => {
  let proxy: Server;
  let cuts = 0;
  let db: Database;
  const sockets = new Set<Socket>();

  beforeAll(async () => {
    const target = new URL(inject('postgresUrl'));
    proxy = createServer((client) => {
      const server = connect(Number(target.port), target.hostname);
      for (const socket of [client, server]) {
        sockets.add(socket);
        socket.on('error', () => undefined);
        socket.on('close', () => {
          client.destroy();
          server.destroy();
        });
      }
      client.pipe(server);
      server.on('data', (chunk: Buffer) => {
        if (cuts === 0 || !chunk.subarray(-READY.length).equals(READY)) return void client.write(chunk);
        cuts -= 1;
        client.end(Buffer.concat([chunk, fatal()]));
      });
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const url = new URL(target);
    url.port = String((proxy.address() as AddressInfo).port);
    db = await openDatabase({ url: url.href, projectDir: '/', log: silentLog });
  });
  afterAll(async () => {
    await db.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => proxy.close(resolve));
  });

  test('R-81: is told as UNAVAILABLE, ends nobody, and the next one is used', async () => {
    const uncaught: unknown[] = [];
    const note = (error: unknown) => void uncaught.push(error);
    process.on('uncaughtException', note);
    cuts = 3;
    const reads = () => Promise.allSettled(Array.from({ length: 3 }, () => db.read(sql`select 1 as "one"`)));
    const broken = await reads();
    await new Promise((resolve) => setTimeout(resolve, 50));
    process.off('uncaughtException', note);
    expect(uncaught).toEqual([]);
    expect(broken.map(({ status }) => status)).toContain('rejected');
    for (const read of broken)
      if (read.status === 'rejected') expect(read.reason).toMatchObject({ code: 'UNAVAILABLE', status: 503 });
    cuts = 0;
    expect((await reads()).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled']);
  });
});
