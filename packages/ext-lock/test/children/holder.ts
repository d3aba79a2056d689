import { createLock } from '../../src/index.js';
import { openStore, tell } from './child.js';

/** Holds a lock; when it finds that time has passed without it, tells how things look then. */
const { store, args } = openStore();
const ttlMs = Number(args[0]);
const lease = await createLock(store, 'held', { ttlMs }).acquire();
const { signal } = lease;
tell({ fence: lease.fence });

let last = performance.now();
const watch = setInterval(async () => {
  const gap = performance.now() - last;
  last = performance.now();
  if (gap < ttlMs) return;
  clearInterval(watch);
  const seen = { aborted: signal.aborted, held: lease.held, reason: signal.reason?.code };
  const extended = await lease.extend().then(
    () => 'extended',
    (error: { code?: string }) => error.code,
  );
  tell({ ...seen, extended, released: await lease.release() });
  await store.close();
}, 20);
