import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What came to a receiver. */
export interface Delivered {
  readonly body: string;
  readonly json: Readonly<Record<string, unknown>>;
  readonly header: (name: string) => string | undefined;
}

/** A real HTTP server on loopback that takes webhooks. */
export interface WebhookReceiver {
  readonly url: string;
  readonly deliveries: readonly Delivered[];
  /** What it answers from now on; `null` = nothing, ever. */
  answer(status: number | null): void;
  close(): Promise<void>;
}

export async function openReceiver(): Promise<WebhookReceiver> {
  const deliveries: Delivered[] = [];
  let status: number | null = 200;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const header = (name: string) => request.headers[name]?.toString();
      deliveries.push({ body, json: JSON.parse(body) as Readonly<Record<string, unknown>>, header });
      if (status !== null) response.writeHead(status, status === 302 ? { Location: 'http://127.0.0.1:1/' } : {}).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/in`,
    deliveries,
    answer: (wanted) => void (status = wanted),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
