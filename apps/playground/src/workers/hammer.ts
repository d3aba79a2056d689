import { type Counter, createCounter } from '@grovekv/ext-counter';
import { isKvError, type Store } from '@grovekv/kv-core';
import type { HammerReport } from './messages.js';
import { tell } from './parent.js';
import { Repeat } from './repeat.js';

/** The counter that the workers hammer. */
export function theCounter(store: Store): Counter {
  return createCounter(store, 'hits', { ttlMs: 86_400_000 });
}

const AT_ONCE = 32;
/** Leaves the machine some room for whoever watches. */
const REST_MS = 5;

/** Adds 1 to the counter, many times at once, while it is turned on. */
export function hammer(store: Store): Repeat {
  const counter = theCounter(store);
  return new Repeat(REST_MS, async () => {
    await report({ type: 'started', count: AT_ONCE });
    const ends = await Promise.allSettled(Array.from({ length: AT_ONCE }, () => counter.add()));
    await report(tally(ends));
  });
}

function tally(ends: readonly PromiseSettledResult<unknown>[]): HammerReport {
  const failures = ends.filter((end) => end.status === 'rejected');
  const refused = failures.filter(
    ({ reason }) => isKvError(reason) && reason.outcome === 'none',
  ).length;
  return {
    type: 'ended',
    acknowledged: ends.length - failures.length,
    inDoubt: failures.length - refused,
    refused,
  };
}

function report(message: HammerReport): Promise<void> {
  return tell(message);
}
