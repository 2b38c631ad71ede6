import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

interface Run {
  readonly code: number;
  readonly said: string;
  readonly logged: string;
}

/** A log that cannot be written stops nobody. */
describe('a log on stderr', () => {
  let dir: string;
  let script: string;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'casement-log-'));
    script = join(dir, 'log.mts');
    const source = new URL('create-log.ts', import.meta.url).href;
    await writeFile(
      script,
      `import { createLog } from ${JSON.stringify(source)};
      const log = createLog('info', process.argv[2]);
      const write = (times) => { for (let index = 0; index < times; index += 1) log.info({ text: 'x'.repeat(1000) }, 'a line'); };
      for (let turn = 0; turn < 2; turn += 1) {
        write(Number(process.argv[3]));
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
      process.stdout.write('alive');
      `,
    );
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  async function run(style: string, lines: number, stderr: number | 'pipe'): Promise<Run> {
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), script, style, String(lines)], {
      stdio: ['ignore', 'pipe', stderr],
    });
    const texts = { said: '', logged: '' };
    child.stdout?.on('data', (chunk: Buffer) => (texts.said += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (texts.logged += chunk.toString()));
    const [code] = (await once(child, 'close')) as [number];
    return { code, ...texts };
  }

  test.each(['json', 'pretty'])('R-81: %s lines that stderr does not take are no error', async (style) => {
    // Open for reading: each write fails, as on a full disk.
    const file = openSync(script, 'r');
    expect(await run(style, 3000, file)).toEqual({ code: 0, said: 'alive', logged: '' });
    closeSync(file);
  });

  test.each(['json', 'pretty'])('every %s line arrives where they are taken', async (style) => {
    const { code, logged } = await run(style, 300, 'pipe');
    expect([code, logged.split('\n').length]).toEqual([0, 601]);
  });
});
