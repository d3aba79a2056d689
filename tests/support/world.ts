import { createStore, KvError, type Store } from '@grovekv/kv-core';
import type { Driver, Write } from '@grovekv/kv-core/driver';
import { memoryDriver } from '@grovekv/kv-core/memory';
import { createManualClock, type ManualClock, portable } from '@grovekv/kv-core/testing';

/** One database, a clock for all, and as many processes as wanted: a store is what a process has. */
export interface World {
  readonly clock: ManualClock;
  readonly driver: FaultyDriver;
  /** Another process, on a network of its own that does not fail. */
  again(): Store;
  /** Another process. */
  process(): Store;
}

/** A driver whose writes can get lost, in the way there or back. */
export interface FaultyDriver extends Driver {
  /** What becomes of writes from now on. */
  fault: Fault;
  /** So many writes are made before the fault comes. */
  after: number;
  /** Runs before the next write is made, once: a stall. */
  before: (() => Promise<void>) | undefined;
  /** Writes that reached the database. */
  readonly applied: number;
  /** Calls, reads included. */
  readonly calls: number;
}

/**
 * `reply`: applied, and the reply is lost. `cut`: the same, and then the database is down. `request`: lost
 * on the way there. `down`: refused.
 */
export type Fault = 'none' | 'reply' | 'cut' | 'request' | 'down';

/** `timeoutMs` is that of each process's store. */
export function createWorld({ timeoutMs = 300 } = {}): World {
  const clock = createManualClock();
  const sound = portable(memoryDriver({ clock }));
  const driver = faultyDriver(sound);
  const open = (on: Driver) => (): Store => createStore({ driver: on, clock, timeoutMs });
  return { clock, driver, process: open(driver), again: open(sound) };
}

function faultyDriver(inner: Driver): FaultyDriver {
  let applied = 0;
  let calls = 0;
  const driver: FaultyDriver = {
    ...inner,
    traits: { ...inner.traits, synchronous: [] },
    fault: 'none',
    after: 0,
    before: undefined,
    get applied() {
      return applied;
    },
    get calls() {
      return calls;
    },
    async get(keys, call) {
      calls += 1;
      if (driver.fault === 'down' && driver.after === 0)
        throw new KvError('UNAVAILABLE', 'down', { outcome: 'none' });
      return inner.get(keys, call);
    },
    async write(writes: readonly Write[], call) {
      calls += 1;
      const { before } = driver;
      driver.before = undefined;
      await before?.();
      const fault = driver.after > 0 ? 'none' : driver.fault;
      driver.after -= driver.after > 0 ? 1 : 0;
      if (fault === 'down') throw new KvError('UNAVAILABLE', 'down', { outcome: 'none' });
      if (fault === 'reply') driver.fault = 'none';
      if (fault === 'cut') driver.fault = 'down';
      if (fault !== 'request') {
        const results = await inner.write(writes, call);
        applied += writes.length;
        if (fault === 'none') return results;
      }
      return writes.map(
        ({ key }) => new KvError('UNAVAILABLE', 'reset', { key, outcome: 'unknown' }),
      );
    },
  };
  return driver;
}

/** Resolves when all that can happen without time has happened. */
export function settled(clock: ManualClock): Promise<void> {
  return clock.advance(0);
}

/** What a promise has come to by now. */
export async function stateOf(promise: Promise<unknown>): Promise<'pending' | 'done' | 'failed'> {
  const marker = Symbol('pending');
  try {
    const first = await Promise.race([
      promise,
      new Promise((resolve) => setTimeout(resolve, 5, marker)),
    ]);
    return first === marker ? 'pending' : 'done';
  } catch {
    return 'failed';
  }
}
