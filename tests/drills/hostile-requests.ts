import { expect, test } from 'vitest';
import { DIALECTS } from '../support/databases.ts';
import { newFigures, runHostile } from '../support/hostile/run.ts';
import { openHostileWorld } from '../support/hostile/world.ts';
import { drillOf, report } from './drill.ts';
import { watchLag } from './watch-lag.ts';

const REQUESTS_PER_WORLD = 1000;

/** G10: 20,000 generated requests on each database: no failure, no change by a refusal, no restart; the server stays awake. */
test.each(DIALECTS)('hostile requests on %s', async (dialect) => {
  const { runs, seed } = drillOf(20_000);
  const figures = newFigures();
  const wrong = new Map<string, string>();
  const lag = watchLag();
  for (let at = seed; figures.requests < runs; at += 1) {
    const world = await openHostileWorld(dialect);
    try {
      await runHostile(world, {
        runs: Math.min(runs, figures.requests + REQUESTS_PER_WORLD),
        seed: at,
        figures,
        around: lag.during,
        onWrong: (error, { operation }) => {
          const kind = `${operation.id.replace(/[A-Z].*/, '')}: ${kindOf(error)}`;
          if (!wrong.has(kind)) report(`DRILL_SEED=${at}: ${error.message}`);
          wrong.set(kind, error.message);
          world.failures.length = 0;
        },
      });
    } finally {
      await world.close();
    }
    report(`hostile on ${dialect}: ${figures.requests} of ${runs}, ${wrong.size} kinds wrong, lag ${lag.tell()}`);
  }
  lag.stop();
  report(`hostile on ${dialect}: ${JSON.stringify(figures, undefined, 1)}`);
  expect([...wrong.keys()]).toEqual([]);
  expect(lag.p99()).toBeLessThan(100);
});

/** The same mistake at another address is no other mistake. */
function kindOf(error: Error): string {
  const [first = ''] = error.message.split('\n');
  return first.replace(/^[A-Z]+ \/\S*/, '').slice(0, 120);
}
