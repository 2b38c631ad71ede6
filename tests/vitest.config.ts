import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: new URL('..', import.meta.url).pathname,
  test: {
    include: ['core/**/*.test.ts', 'admin-ui/src/**/*.test.ts', 'plugins/**/*.test.ts', 'tests/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    globalSetup: ['tests/support/postgres.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    maxWorkers: 2,
    reporters: process.env['CASEMENT_TEST_REPORT'] ? ['default', 'json'] : ['default'],
    ...(process.env['CASEMENT_TEST_REPORT'] ? { outputFile: { json: process.env['CASEMENT_TEST_REPORT'] } } : {}),
  },
});
