import { existsSync } from 'node:fs';
import { utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const LIBRARY = process.env['FAKETIME_LIB'] ?? '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1';

/** A wall clock of processes that can be turned while they run; the monotonic one goes on as it is. Needs libfaketime. */
export interface FakeClock {
  /** For the processes that go by it. */
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds by which it is ahead. */
  offset(): number;
  /** Turns it this far from the real time, at once for all; `rate` = how much faster it goes from then on. */
  turn(ahead: number, rate?: number): Promise<void>;
}

export async function createFakeClock(dir: string): Promise<FakeClock> {
  if (!existsSync(LIBRARY))
    throw new Error(`${LIBRARY} is missing: install libfaketime, or name it with FAKETIME_LIB.`);
  const file = join(dir, 'offset');
  let ahead = 0;
  const write = async (text: string) => {
    await writeFile(file, `${text}\n`);
    await utimes(file, new Date(), new Date());
  };
  await write('+0');
  return {
    env: {
      LD_PRELOAD: LIBRARY,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    },
    offset: () => ahead,
    async turn(to, rate = 1) {
      ahead = to;
      const seconds = `${to < 0 ? '-' : '+'}${Math.abs(to) / 1000}`;
      await write(rate === 1 ? seconds : `${seconds} x${rate}`);
      await pause(100);
    },
  };
}
