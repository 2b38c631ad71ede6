import { expect, test } from 'vitest';
import { DIALECTS } from '../support/databases.ts';
import { runInterference } from '../support/interference-run.ts';
import { drillOf, report } from './drill.ts';

const PAIRS_PER_WORLD = 500;

/** G18: 5,000 paired runs as a restricted user through HTTP: none can be told apart by status, headers or body. */
test('non-interference', async () => {
  const { runs, seed } = drillOf(5000);
  const done = { pairs: 0 };
  for (let at = seed; done.pairs < runs; at += 1) {
    const dialect = DIALECTS[at % DIALECTS.length]!;
    const figures = await runInterference({ dialect, seed: at, pairs: Math.min(PAIRS_PER_WORLD, runs - done.pairs) });
    done.pairs += figures.pairs;
    report(`non-interference: ${done.pairs} of ${runs} pairs, 0 told apart, ${JSON.stringify(figures)} on ${dialect}`);
  }
  expect(done.pairs).toBeGreaterThanOrEqual(runs);
});
