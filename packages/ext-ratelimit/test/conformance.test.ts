import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rateLimiterConformance } from '@grovekv/conformance';
import { memoryDriver } from '@grovekv/kv-core/memory';
import { portable } from '@grovekv/kv-core/testing';
import { describe, it } from 'vitest';
import { openDriver } from '../../../tests/support/shared-drivers.js';
import { createRateLimiter, type RateLimitStore } from '../src/index.js';

const memory = portable(memoryDriver());
const path = join(tmpdir(), `ext-ratelimit-${randomUUID()}`, 'db');

// Those that promise no more than the limit in every window.
for (const strategy of ['slidingWindow', 'exact'] as const) {
  const name = (driver: string): string => `${driver}, ${strategy}`;
  const options = {
    createLimiter: (
      store: RateLimitStore,
      limiter: string,
      rule: { readonly limit: number; readonly windowMs: number },
    ) => createRateLimiter(store, limiter, { ...rule, strategy }),
    describe,
    it,
  };
  // Clients of one memory driver are processes on one database.
  const shared = { ...memory, close: async () => undefined };
  rateLimiterConformance({ name: name('memory'), create: () => shared, ...options });
  rateLimiterConformance({
    name: name('lmdb'),
    create: () => openDriver('lmdb', path),
    ...options,
  });
  rateLimiterConformance({
    name: name('redis'),
    create: () => openDriver('redis', process.env.REDIS_URL!),
    ...options,
  });
}
