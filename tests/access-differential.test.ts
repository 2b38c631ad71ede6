import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { askedOf, createDifferential } from './support/access-differential.ts';
import { openAccessWorld } from './support/access-world.ts';
import { DIALECTS } from './support/databases.ts';

/** Random people with random roles ask random questions; a second reading of the contract, in memory, must agree on every answer (G17). */
describe.each(DIALECTS)('what somebody sees on %s', (dialect) => {
  let world: Awaited<ReturnType<typeof openAccessWorld>>;

  beforeAll(async () => {
    world = await openAccessWorld(dialect, 17);
  });

  afterAll(() => world.firm.close());

  test('R-02, R-04, R-06, R-12: is what the contract says', { timeout: 120_000 }, async () => {
    const compare = await createDifferential(world);
    const statuses = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(askedOf(world), async (asked) => {
        const status = await compare(asked);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }),
      { numRuns: 400, seed: 17 },
    );
    expect(statuses.get(200)).toBeGreaterThan(100);
    expect(statuses.get(400)).toBeGreaterThan(20);
  });
});
