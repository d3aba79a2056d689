import { openStore, sharedNow, started, tell } from '../../../../tests/support/child-store.js';
import { createLock, createSemaphore } from '../../src/index.js';

/** Runs critical sections from several callers and tells when each was, and with which fence. */
const { store, args } = openStore();
const [sort, count, callers] = [args[0]!, Number(args[1]), Number(args[2])];
const options = { ttlMs: 5_000, fair: sort === 'fair' };
const lock =
  sort === 'semaphore'
    ? createSemaphore(store, 'sections', { ...options, permits: 3 })
    : createLock(store, 'sections', options);

let left = count;
async function caller(): Promise<void> {
  while (left > 0) {
    left -= 1;
    await lock.withLock(async (lease) => {
      const start = sharedNow();
      let stale = false;
      if (sort !== 'semaphore') {
        // Not atomic on purpose: two holders at a time would lose an addition.
        const total = (await store.get<number>('total')) ?? 0;
        stale = await store.update<number, boolean>('register', (seen = 0) =>
          seen > lease.fence ? { keep: true, result: true } : { put: lease.fence, result: false },
        );
        await store.set('total', total + 1);
      } else {
        await store.get('total');
      }
      tell({ start, end: sharedNow(), fence: lease.fence, stale });
    });
  }
}

await started();
await Promise.all(Array.from({ length: callers }, caller));
await store.close();
