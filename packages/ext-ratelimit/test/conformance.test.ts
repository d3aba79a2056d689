import { rateLimiterConformance } from '@grovekv/conformance';
import { describe, it } from 'vitest';
import { openDatabases } from '../../../tests/support/databases.js';
import { createRateLimiter } from '../src/index.js';

const databases = openDatabases();

// Those that promise no more than the limit in every window.
for (const strategy of ['slidingWindow', 'exact'] as const) {
  for (const { name, create } of databases) {
    rateLimiterConformance({
      name: `${name}, ${strategy}`,
      create,
      createLimiter: (store, limiter, rule) =>
        createRateLimiter(store, limiter, { ...rule, strategy }),
      describe,
      it,
    });
  }
}
