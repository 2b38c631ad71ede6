import { connect } from 'node:net';

/** Milliseconds without a byte after which a connection has said all it will say. */
const SILENCE = 400;

export interface RawAnswer {
  /** Every byte that came back. */
  readonly text: string;
  /** The status of each answer, in order; those of 100 Continue left out. */
  readonly statuses: readonly number[];
  /** Whether the server closed the connection. */
  readonly isClosed: boolean;
}

/** Writes the very bytes to the server, piece by piece, and waits for what comes back. */
export function sendRaw(url: string, ...pieces: readonly (string | Uint8Array)[]): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const { port, hostname } = new URL(url);
    const chunks: Buffer[] = [];
    let isClosed = false;
    const socket = connect(Number(port), hostname, () => void writeAll());
    const finish = () => {
      socket.destroy();
      const text = Buffer.concat(chunks).toString('latin1');
      const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]));
      resolve({ text, statuses: statuses.filter((status) => status !== 100), isClosed });
    };
    socket.setTimeout(SILENCE, finish);
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      isClosed = true;
      finish();
    });
    async function writeAll(): Promise<void> {
      for (const piece of pieces) {
        if (socket.destroyed) return;
        socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
        await new Promise((next) => setTimeout(next, 20));
      }
    }
  });
}
