import { openStore, tell } from '../../../../tests/support/child-store.js';
import { acquireAll, createElection, createLock, createSemaphore } from '../../src/index.js';

/** Uses everything, releases everything, and must then end by itself: no call to exit. */
const { store } = openStore();
const lock = createLock(store, 'a', { ttlMs: 60_000 });
const lease = await lock.acquire({ waitMs: 60_000, signal: new AbortController().signal });
const quits = new AbortController();
const waiting = lock.acquire({ waitMs: 60_000, signal: quits.signal }).catch(() => undefined);
const fair = createLock(store, 'b', { fair: true, ttlMs: 60_000 });
const first = await fair.acquire();
const second = fair.acquire({ waitMs: 60_000 });
quits.abort();
await waiting;
await lease.extend();
await lease.release();
await first.release();
await (await second).release();
await createSemaphore(store, 'c', { permits: 2, ttlMs: 60_000 }).withLock(() => undefined);
await (await acquireAll([lock, fair], { waitMs: 60_000 })).release();
const election = createElection(store, 'd', { ttlMs: 60_000 });
await election.campaign();
await election.resign();
await store.close();
tell('done');
