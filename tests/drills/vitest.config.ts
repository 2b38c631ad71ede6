import { defineConfig } from 'vitest/config';

/**
 * Drills: the properties of the suite, run for long. `npx vitest run --config tests/drills/vitest.config.ts permissions`;
 * `DRILL_RUNS` says how often, `DRILL_SEED` from where on.
 */
export default defineConfig({
  root: new URL('../..', import.meta.url).pathname,
  test: {
    include: ['tests/drills/permissions.ts', 'tests/drills/non-interference.ts', 'tests/drills/hostile-requests.ts'],
    globalSetup: ['tests/support/postgres.ts'],
    testTimeout: 24 * 3_600_000,
    hookTimeout: 120_000,
    maxWorkers: 1,
  },
});
