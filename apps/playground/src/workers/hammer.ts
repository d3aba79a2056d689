import { setTimeout as sleep } from 'node:timers/promises';
import { type Counter, createCounter } from '@grovekv/ext-counter';
import { isKvError, type Store } from '@grovekv/kv-core';
import type { HammerReport } from './messages.js';
import { tell } from './parent.js';

/** The counter that the workers hammer. */
export function theCounter(store: Store): Counter {
  return createCounter(store, 'hits', { ttlMs: 86_400_000 });
}

const AT_ONCE = 32;
/** Leaves the machine some room for whoever watches. */
const REST_MS = 5;

/** Adds 1 to the counter, many times at once, while it is turned on. */
export class Hammer {
  readonly #counter: Counter;
  #on = false;
  #running = false;

  constructor(store: Store) {
    this.#counter = theCounter(store);
  }

  turn(on: boolean): void {
    this.#on = on;
    if (on && !this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#on) {
      await report({ type: 'started', count: AT_ONCE });
      const ends = await Promise.allSettled(
        Array.from({ length: AT_ONCE }, () => this.#counter.add()),
      );
      await report(tally(ends));
      await sleep(REST_MS);
    }
    this.#running = false;
  }
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
