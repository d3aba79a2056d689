import { openStore, sharedNow, tell } from '../../../../tests/support/child-store.js';
import { createElection } from '../../src/index.js';

/** Stands for election again and again, and tells each of its terms. */
const { store, args } = openStore();
const election = createElection(store, 'chief', { ttlMs: 2_000 });
for (let term = 0; term < Number(args[0]); term += 1) {
  await election.lead(async (lease) => {
    const start = sharedNow();
    await new Promise((resolve) => setTimeout(resolve, 5));
    tell({ start, end: sharedNow(), fence: lease.fence });
  });
}
await store.close();
