import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', '**/.blocks/**'],
    globalSetup: fileURLToPath(new URL('./scripts/services/vitest-setup.ts', import.meta.url)),
    // Several suites start processes of their own: more workers than cores only add noise.
    maxWorkers: 2,
    maxConcurrency: 3,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    teardownTimeout: 20_000,
    // The default of 1 s is short on a busy machine; a poll that succeeds does not wait.
    expect: { poll: { timeout: 10_000 } },
  },
});
