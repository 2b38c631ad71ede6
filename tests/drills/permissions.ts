import fc from 'fast-check';
import { expect, test } from 'vitest';
import { askedOf, createDifferential } from '../support/access-differential.ts';
import { openAccessWorld } from '../support/access-world.ts';
import { DIALECTS } from '../support/databases.ts';
import { drillOf, report } from './drill.ts';

const QUESTIONS_PER_WORLD = 1000;

/** G17: 50,000 random questions of random people with random roles in random worlds, against the oracle: no difference. */
test('permission differential', async () => {
  const { runs, seed } = drillOf(50_000);
  const statuses: Record<string, number> = {};
  const done = { asked: 0 };
  for (let at = seed; done.asked < runs; at += 1) {
    const dialect = DIALECTS[at % DIALECTS.length]!;
    const world = await openAccessWorld(dialect, at);
    try {
      const compare = await createDifferential(world);
      const ask = fc.asyncProperty(askedOf(world), async (question) => {
        const status = await compare(question);
        statuses[status] = (statuses[status] ?? 0) + 1;
        done.asked += 1;
      });
      await fc.assert(ask, { numRuns: Math.min(QUESTIONS_PER_WORLD, runs - done.asked), seed: at });
    } catch (error) {
      throw new Error(`world ${at} on ${dialect} (DRILL_SEED=${at})`, { cause: error });
    } finally {
      await world.firm.close();
    }
    if (at % 10 === 0) report(`permissions: ${done.asked} of ${runs} asked, answers ${JSON.stringify(statuses)}`);
  }
  report(`permissions: ${done.asked} questions, 0 differences, answers ${JSON.stringify(statuses)}`);
  expect(done.asked).toBeGreaterThanOrEqual(runs);
});
