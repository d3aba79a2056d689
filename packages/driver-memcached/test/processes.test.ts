import { test } from 'vitest';
import { expectExactCount } from '../../../tests/support/expect-exact-count.js';
import { memcachedDriver } from '../src/index.js';

const script = new URL('./increment-process.ts', import.meta.url);
const address = process.env.MEMCACHED_SERVERS as string;

test('4 processes × 16 callers × 500 increments are exact', async () => {
  const driver = memcachedDriver({ servers: address });
  const ways = Array.from({ length: 4 }, () => 'portable' as const);
  await expectExactCount({ script, address, ways, callers: 16, each: 500, driver });
}, 120_000);
