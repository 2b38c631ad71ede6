import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from './support/databases.ts';
import { newFigures, runHostile } from './support/hostile/run.ts';
import { openHostileWorld } from './support/hostile/world.ts';
import type { HostileWorld } from './support/hostile/world.ts';

const REQUESTS = 750;

/**
 * Requests made from the OpenAPI document of the running application: as it allows them, nearly so, and not at all, by people of every right.
 * `tests/drills/hostile-requests.ts` goes on for longer.
 */
describe.each(DIALECTS)('generated requests on %s', (dialect) => {
  let world: HostileWorld;

  beforeAll(async () => {
    world = await openHostileWorld(dialect);
  });
  afterAll(async () => world?.close());

  test('no failure, no change by a refusal, no secret, every answer as the document says (R-07, R-16, R-26, R-27)', async () => {
    const figures = newFigures();
    await runHostile(world, { runs: REQUESTS, seed: 7, figures });
    expect(figures.requests).toBeGreaterThanOrEqual(REQUESTS);
    expect(figures.classes.valid.taken).toBeGreaterThan(figures.classes.valid.sent / 3);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  }, 180_000);
});
