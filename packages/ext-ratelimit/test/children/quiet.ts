import { openStore, tell } from '../../../../tests/support/child-store.js';
import { createRateLimiter } from '../../src/index.js';

/** Uses everything and must then end by itself: no call to exit. */
const { store } = openStore();
const limiter = createRateLimiter(store, 'quiet', { limit: 1, windowMs: 60_000 });
await limiter.limit('a');
await limiter.limit('a');
const quits = new AbortController();
const waiting = limiter.waitFor('a', { signal: quits.signal }).catch(() => undefined);
await limiter.waitFor('a', { maxWaitMs: 5 });
quits.abort();
await waiting;
await limiter.reset('a');
await store.close();
tell('done');
