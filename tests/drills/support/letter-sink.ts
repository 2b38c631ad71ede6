import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** The far end of the mails: a server that counts how often each letter came, by its Message-ID. */
export interface LetterSink {
  readonly url: string;
  /** How often each came. */
  readonly letters: ReadonlyMap<string, number>;
  /** Letters that have come and are not answered, while `hold` is on. */
  readonly held: number;
  hold(on: boolean): void;
  close(): Promise<void>;
}

export async function openLetterSink(): Promise<LetterSink> {
  const letters = new Map<string, number>();
  let waiting: (() => void)[] = [];
  let isHeld = false;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onData(stream, _session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const id = /^message-id:\s*(\S+)/im.exec(Buffer.concat(chunks).toString('utf8'))?.[1] ?? 'none';
        const accept = () => {
          letters.set(id, (letters.get(id) ?? 0) + 1);
          done();
        };
        if (isHeld) waiting.push(accept);
        else accept();
      });
    },
  });
  // A client that was killed.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    letters,
    get held() {
      return waiting.length;
    },
    hold(on) {
      isHeld = on;
      if (on) return;
      for (const accept of waiting) accept();
      waiting = [];
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
