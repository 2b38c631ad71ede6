import { expect, it } from 'vitest';
import type { Database } from './database.ts';
import { createSpread, measureDatabase } from './measured-database.ts';
import { sql } from './sql.ts';

it('counts, and hands everything on as it was asked', async () => {
  const asked: unknown[] = [];
  const inner: Partial<Database> = {
    read: (_sql, patience) => {
      asked.push(patience);
      return Promise.resolve([]);
    },
    transaction: (work, options) => {
      asked.push(options);
      return work({} as Parameters<typeof work>[0]);
    },
  };
  const db = measureDatabase(inner as Database);
  await db.read(sql`select 1`, 5);
  expect(await db.transaction(() => Promise.resolve('done'), { alone: true })).toBe('done');
  await expect(db.transaction(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(asked).toEqual([5, { alone: true }, undefined]);
  expect(db.figures()).toMatchObject({ reads: 1, committed: 1, rolledBack: 1, open: 0, wait: { count: 2 } });
});

it('counts a time in every bound it stays within', () => {
  const spread = createSpread([1, 2]);
  for (const time of [0.5, 1, 1.5, 3]) spread.add(time);
  expect(spread.read()).toEqual({ bounds: [1, 2], counts: [2, 3], sum: 6, count: 4 });
});
