import { openStore, tell } from '../../../../tests/support/child-store.js';
import { createLock } from '../../src/index.js';

/** Holds a lock, and tells how things look in the moment in which its signal has fired. */
const { store, args } = openStore();
const lease = await createLock(store, 'held', { ttlMs: Number(args[0]) }).acquire();
const { signal } = lease;
tell({ fence: lease.fence });

const watch = setInterval(async () => {
  if (!signal.aborted) return;
  clearInterval(watch);
  const seen = { held: lease.held, reason: signal.reason?.code };
  const extended = await lease.extend().then(
    () => 'extended',
    (error: { code?: string }) => error.code,
  );
  tell({ ...seen, extended, released: await lease.release() });
  await store.close();
}, 20);
