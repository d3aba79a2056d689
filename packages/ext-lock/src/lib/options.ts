import { type Clock, KvError, type Store } from '@grovekv/kv-core';

/** What a lock needs of a store: any `Store`, whatever its values. */
export type LockStore = Pick<Store, 'with' | 'clock'>;

/** Options of `createLock`, `createSemaphore` and `createElection`. */
export interface LockOptions {
  /**
   * How long a lease lasts unless it is extended, in milliseconds, at least 4. Default 10,000. For its holder
   * it is over 2 ms and a thousandth earlier, for what clocks differ.
   */
  readonly ttlMs?: number | undefined;
  /** Extend by itself at a third of the ttl, tried until the deadline. Default true. */
  readonly autoExtend?: boolean | undefined;
  /** A label that `inspect` shows, at most 255 bytes. Default: a number of the process. */
  readonly owner?: string | undefined;
  /** How long `acquire` waits at most, in milliseconds. Default `Infinity`. */
  readonly waitMs?: number | undefined;
  /**
   * Serve waiters of all processes in the order in which they came, at the price of a write for each.
   * All users of one lock should agree. Default false.
   */
  readonly fair?: boolean | undefined;
  /** In a fair lock: how long a waiter that died keeps its place. Default 5,000. */
  readonly waiterTtlMs?: number | undefined;
  /**
   * How often a lease is handed on inside this process before others get their chance. 0: never.
   * Default 32; a fair lock never does.
   */
  readonly handoffs?: number | undefined;
  /** Shortest and longest pause between attempts, in milliseconds. Default 1 and 50. */
  readonly pollMs?: { readonly min: number; readonly max: number } | undefined;
  /** How long the record is kept after the last lease, in milliseconds. Default 600,000. */
  readonly tombstoneMs?: number | undefined;
  /** Default: the store's. */
  readonly clock?: Clock | undefined;
}

/** Options of a call that may wait. */
export interface AcquireOptions {
  /** Stops waiting when it fires: the call rejects with `ABORTED` and nothing is held. */
  readonly signal?: AbortSignal | undefined;
  /** Longest wait in milliseconds, then `LockTimeoutError`. 0: one attempt. Default: the lock's. */
  readonly waitMs?: number | undefined;
}

/** Options, checked and complete. */
export interface LockSettings {
  readonly name: string;
  readonly key: string;
  readonly store: LockStore;
  readonly clock: Clock;
  readonly permits: number;
  readonly ttlMs: number;
  readonly autoExtend: boolean;
  readonly owner: Uint8Array;
  readonly waitMs: number;
  readonly fair: boolean;
  readonly waiterTtlMs: number;
  readonly handoffs: number;
  readonly pollMs: { readonly min: number; readonly max: number };
  readonly tombstoneMs: number;
}

const MOST_PERMITS = 1_000;
const MOST_HANDOFFS = 100_000;
const MOST_OWNER_BYTES = 255;
const LONGEST_MS = 2 ** 45;

/** Checks everything before anything is stored. Throws `INVALID_KEY` or `INVALID_ARGUMENT`. */
export function lockSettings(
  store: LockStore,
  name: string,
  options: LockOptions & { readonly prefix: string; readonly permits?: number },
): LockSettings {
  const { prefix, permits = 1, fair = false, autoExtend = true, owner = '' } = options;
  if (typeof name !== 'string' || name === '' || !name.isWellFormed()) {
    throw new KvError('INVALID_KEY', 'the name of a lock is a well-formed string, not empty');
  }
  const { min, max } = options.pollMs ?? { min: 1, max: 50 };
  const pollMs = { min: span('pollMs.min', min), max: span('pollMs.max', max) };
  if (pollMs.min > pollMs.max) throw invalid('pollMs.min is at most pollMs.max');
  const handoffs = options.handoffs ?? 32;
  if (!isWithin(handoffs, 0, MOST_HANDOFFS)) throw invalid(`handoffs is 0 to ${MOST_HANDOFFS}`);
  if (!isWithin(permits, 1, MOST_PERMITS)) throw invalid(`permits is 1 to ${MOST_PERMITS}`);
  if (typeof owner !== 'string' || !owner.isWellFormed()) throw invalid('owner is a string');
  const ownerBytes = new TextEncoder().encode(owner);
  if (ownerBytes.byteLength > MOST_OWNER_BYTES) {
    throw invalid(`owner has at most ${MOST_OWNER_BYTES} bytes`);
  }
  return {
    name,
    key: prefix + name,
    store,
    clock: options.clock ?? store.clock,
    permits,
    ttlMs: Math.max(4, span('ttlMs', options.ttlMs ?? 10_000)),
    autoExtend,
    owner: ownerBytes,
    waitMs: checkWait(options.waitMs ?? Number.POSITIVE_INFINITY),
    fair,
    waiterTtlMs: span('waiterTtlMs', options.waiterTtlMs ?? 5_000),
    handoffs: fair ? 0 : handoffs,
    pollMs,
    tombstoneMs: span('tombstoneMs', options.tombstoneMs ?? 600_000),
  };
}

/** A positive number of milliseconds, rounded up. */
export function span(what: string, ms: number): number {
  if (typeof ms === 'number' && ms > 0 && ms <= LONGEST_MS) return Math.ceil(ms);
  throw invalid(`${what} is a positive number of milliseconds`);
}

/** A number of milliseconds that may be 0 or `Infinity`. */
export function checkWait(ms: number): number {
  if (typeof ms === 'number' && ms >= 0) return ms;
  throw invalid('waitMs is a number of milliseconds, 0 or more');
}

function isWithin(value: number, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= least && value <= most;
}

function invalid(message: string): KvError {
  return new KvError('INVALID_ARGUMENT', message);
}
