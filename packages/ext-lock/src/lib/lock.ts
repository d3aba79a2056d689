import type { KvError } from '@grovekv/kv-core';
import { LockLostError, LockTimeoutError } from './errors.js';
import { inspectRecord, type LockState } from './inspect.js';
import type { Lease } from './lease.js';
import type { Line } from './line.js';
import { lineOf } from './lines.js';
import {
  type AcquireOptions,
  checkWait,
  type LockOptions,
  type LockSettings,
  type LockStore,
  lockSettings,
} from './options.js';

/**
 * A lock held by one at a time (a semaphore: by up to n) among all processes that share the store. It
 * is not reentrant: who holds it and asks again, waits.
 */
export interface Lock {
  readonly name: string;
  /** The key of its record in the store. */
  readonly key: string;
  /**
   * Waits for a lease. Two round trips at most when the lock is free, one when this process used it
   * last. Rejects with `LockTimeoutError`, with `ABORTED`, or as the store fails.
   */
  acquire(options?: AcquireOptions): Promise<Lease>;
  /** A lease if one is free now and nobody waits in this process, else `undefined`. */
  tryAcquire(): Promise<Lease | undefined>;
  /**
   * Runs `fn` with a lease and releases it. Rejects as `fn` does; with `LockLostError` if `fn` resolved
   * but the lease was over before that.
   */
  withLock<T>(fn: (lease: Lease) => T | Promise<T>, options?: AcquireOptions): Promise<T>;
  /** Who holds it now, without touching it. One read. */
  inspect(): Promise<LockState>;
}

/** Makes a {@link Lock}. Nothing is stored until it is acquired; cheap enough to make for each use. */
export function createLock(store: LockStore, name: string, options: LockOptions = {}): Lock {
  return new StoreLock(lockSettings(store, name, { ...options, prefix: 'lock:' }));
}

/** The lock of `createLock`, `createSemaphore` and `createElection`. */
export class StoreLock implements Lock {
  readonly name: string;
  readonly key: string;
  readonly settings: LockSettings;
  readonly #line: () => Line;

  constructor(settings: LockSettings) {
    this.settings = settings;
    this.name = settings.name;
    this.key = settings.key;
    this.#line = lineOf(settings);
  }

  acquire(options: AcquireOptions = {}): Promise<Lease> {
    try {
      const waitMs = checkWait(options.waitMs ?? this.settings.waitMs);
      if (waitMs === 0) return this.#acquireNow(options.signal);
      return this.#line().acquire(waitMs, options.signal);
    } catch (error) {
      return Promise.reject(error as KvError);
    }
  }

  tryAcquire(): Promise<Lease | undefined> {
    return this.#line().tryAcquire();
  }

  async withLock<T>(fn: (lease: Lease) => T | Promise<T>, options?: AcquireOptions): Promise<T> {
    const lease = await this.acquire(options);
    let result: T;
    try {
      result = await fn(lease);
    } catch (error) {
      await lease[Symbol.asyncDispose]();
      throw error;
    }
    const heldToTheEnd = lease.held;
    await lease[Symbol.asyncDispose]();
    if (!heldToTheEnd) throw new LockLostError(this.key, 'it ended while the body ran');
    return result;
  }

  inspect(): Promise<LockState> {
    return inspectRecord(this.settings);
  }

  async #acquireNow(signal: AbortSignal | undefined): Promise<Lease> {
    if (signal?.aborted) return this.#line().acquire(0, signal);
    const lease = await this.tryAcquire();
    if (!lease) throw new LockTimeoutError(this.key, 0);
    return lease;
  }
}
