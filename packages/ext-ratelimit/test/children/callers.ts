import { openStore, sharedNow, started, tell } from '../../../../tests/support/child-store.js';
import { createRateLimiter } from '../../src/index.js';

/** Calls from many callers for so long, and tells when each that was allowed was called and answered. */
const { store, args } = openStore();
const [limit, windowMs, callers, forMs] = args.map(Number) as [number, number, number, number];
const limiter = createRateLimiter(store, 'fire', { limit, windowMs });

const admissions: (readonly [called: number, returned: number])[] = [];
let calls = 0;

async function caller(until: number): Promise<void> {
  while (sharedNow() < until) {
    const called = sharedNow();
    const { allowed } = await limiter.limit('key');
    calls += 1;
    if (allowed) admissions.push([called, sharedNow()]);
    // What is refused without a round trip would never let anything else run.
    else await new Promise((resolve) => setTimeout(resolve, 1 + Math.random() * 2));
  }
}

await started();
const until = sharedNow() + forMs;
await Promise.all(Array.from({ length: callers }, () => caller(until)));
tell({ admissions, calls });
await store.close();
