import { describe, expect, test } from 'vitest';
import { DIALECTS } from './support/databases.ts';
import { runInterference } from './support/interference-run.ts';

/** What the caller may not see is flipped in the database; through HTTP nothing can be told, to the byte (G18). */
describe.each(DIALECTS)('hidden values behind a server on %s', (dialect) => {
  test('R-02, R-04, R-05, R-12: no answer hangs on one', { timeout: 180_000 }, async () => {
    const figures = await runInterference({ dialect, seed: 18, pairs: 400 });
    expect(figures.pairs).toBeGreaterThanOrEqual(400);
    expect(figures.statuses['200']).toBeGreaterThan(100);
  });
});
