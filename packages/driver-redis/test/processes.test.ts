import { test } from 'vitest';
import { expectExactCount } from '../../../tests/support/expect-exact-count.js';
import { redisDriver } from '../src/index.js';

const script = new URL('./increment-process.ts', import.meta.url);
const address = process.env.REDIS_URL as string;

for (const way of ['native', 'portable', 'namespace'] as const) {
  test(`4 processes × 16 callers × 2,000 increments are exact: ${way}`, async () => {
    const driver = redisDriver({ url: address });
    const ways = [way, way, way, way];
    await expectExactCount({ script, address, ways, callers: 16, each: 2_000, driver });
  }, 120_000);
}
