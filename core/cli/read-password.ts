import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { UsageError } from './command.ts';

/** A password from stdin: typed unseen at a terminal, else all that is piped in, less the end of its last line. */
export async function readPassword(): Promise<string> {
  const { stdin, stderr } = process;
  const password = stdin.isTTY ? await askUnseen(stderr) : (await text(stdin)).replace(/\r?\n$/, '');
  if (password === '') throw new UsageError('There is no password on stdin.');
  return password;
}

function askUnseen(prompt: NodeJS.WritableStream): Promise<string> {
  prompt.write('Password: ');
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: nowhere, terminal: true });
  return new Promise((resolve) => {
    reader.once('line', (line) => {
      reader.close();
      prompt.write('\n');
      resolve(line);
    });
    reader.once('close', () => resolve(''));
  });
}
