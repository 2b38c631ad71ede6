import { expect, it } from 'vitest';
import { eachDatabase } from '../../tests/support/databases.ts';
import { CasementError } from '../errors.ts';
import { withPatience } from './patience.ts';
import { sql } from './sql.ts';

eachDatabase((open, dialect) => {
  const FOREVER =
    dialect === 'sqlite'
      ? sql`with recursive c(n) as (select 1 union all select n + 1 from c where n < 100000000000) select count(*) as "n" from c`
      : sql`select pg_sleep(60)`;

  it('breaks off a read that takes too long, says so, and goes on working (R-79)', async () => {
    const { db } = await open({ poolSize: 2 });
    const started = Date.now();
    const refused = await Promise.allSettled(Array.from({ length: 4 }, () => db.read(FOREVER, 200)));
    for (const one of refused) {
      expect(one).toMatchObject({ status: 'rejected', reason: { code: 'VALIDATION', status: 422 } });
      expect(one.status === 'rejected' && one.reason).toBeInstanceOf(CasementError);
    }
    expect(Date.now() - started).toBeLessThan(5000);
    const answers = await Promise.all(Array.from({ length: 20 }, () => db.read(sql`select 1 as "one"`, 200)));
    expect(answers).toEqual(Array.from({ length: 20 }, () => [{ one: 1 }]));
  });
});

it('answers only when the breaking off is over', async () => {
  const steps: string[] = [];
  const work = () => new Promise<void>((resolve) => setTimeout(resolve, 30));
  const breakOff = async () => {
    steps.push('begun');
    await new Promise((resolve) => setTimeout(resolve, 60));
    steps.push('over');
  };
  await withPatience(10, work, breakOff);
  expect(steps).toEqual(['begun', 'over']);
});
