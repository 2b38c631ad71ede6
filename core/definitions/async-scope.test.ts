import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createAsyncScope } from './async-scope.ts';

describe('a value that work sees', () => {
  it('is seen up to its end, by whatever it sets off, and by nothing else', async () => {
    const scope = createAsyncScope<string>();
    const seen = async (): Promise<readonly (string | undefined)[]> => {
      const first = scope.current();
      await wait(1);
      return [first, scope.current()];
    };
    expect(await seen()).toEqual([undefined, undefined]);
    const [one, two, none] = await Promise.all([scope.run('one', seen), scope.run('two', seen), seen()]);
    expect([one, two, none]).toEqual([
      ['one', 'one'],
      ['two', 'two'],
      [undefined, undefined],
    ]);
    expect(scope.current()).toBeUndefined();
  });

  it('is the innermost, again and again', async () => {
    const scope = createAsyncScope<string>();
    for (let round = 0; round < 3; round += 1) {
      const seen = await scope.run('outer', async () => {
        const inner = await scope.run('inner', async () => {
          await wait(1);
          return [scope.current(), scope.outside(() => scope.current())];
        });
        await wait(1);
        return [...inner, scope.current()];
      });
      expect(seen).toEqual(['inner', undefined, 'outer']);
    }
  });

  it('is gone once no work is under way, also for what was set off by it, and when the work threw', async () => {
    const scope = createAsyncScope<string>();
    let late: Promise<string | undefined> | undefined;
    const broken = scope.run('one', async () => {
      late = wait(20).then(() => scope.current());
      await wait(1);
      throw new Error('broken');
    });
    await expect(broken).rejects.toThrow('broken');
    expect(await late).toBeUndefined();
    expect(await scope.run('two', async () => wait(1).then(() => scope.current()))).toBe('two');
  });

  it('of open work is seen until the end is told, however often', async () => {
    const scope = createAsyncScope<string>();
    const open = scope.open('one');
    const seen = open.run(() => wait(5).then(() => scope.current()));
    expect(scope.current()).toBeUndefined();
    expect(await seen).toBe('one');
    open.end();
    open.end();
    expect(await scope.run('two', async () => wait(1).then(() => scope.current()))).toBe('two');
    const never = scope.open('three');
    never.end();
    expect(scope.current()).toBeUndefined();
  });
});
