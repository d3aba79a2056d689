import { isKvError } from '@grovekv/kv-core';
import type { LockLostError } from './errors.js';
import type { HolderState } from './inspect.js';
import type { Lease } from './lease.js';
import { StoreLock } from './lock.js';
import { type LockOptions, type LockStore, lockSettings } from './options.js';

/** Options of {@link createElection}. */
export interface ElectionOptions extends Omit<LockOptions, 'handoffs' | 'waitMs'> {
  /** This candidate was elected. It leads as long as `lease.held`. Must not throw. */
  readonly onElected?: ((lease: Lease) => void) | undefined;
  /** It leads no more: it resigned (no reason), or its lease is over. Must not throw. */
  readonly onDeposed?: ((reason: LockLostError | undefined) => void) | undefined;
}

/** One candidate in the choice of a leader among all processes that share the store. */
export interface Election {
  readonly name: string;
  /** Whether this candidate leads now, by its own clock. */
  readonly isLeader: boolean;
  /**
   * Stands until elected; resolves with the lease of the term. A second call gets the same answer.
   * Rejects with `ABORTED` when the signal fires or the candidate resigns first.
   */
  campaign(options?: { readonly signal?: AbortSignal | undefined }): Promise<Lease>;
  /** Stops standing, or ends the term. `false` if it did not lead. */
  resign(): Promise<boolean>;
  /** Who leads now, or `undefined`. One read. `owner` is the leader's label. */
  leader(): Promise<HolderState | undefined>;
  /**
   * Stands, runs `fn` when elected, ends the term when `fn` ends, and stands again if the lease was
   * over before that; `lease.signal` tells `fn` to stop. Resolves or rejects as `fn` of the last term
   * does; rejects with `ABORTED` when `signal` fires while it stands.
   */
  lead<T>(
    fn: (lease: Lease) => T | Promise<T>,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<T>;
}

/** Makes an {@link Election}: `owner` is the candidate's label, `ttlMs` the longest vacancy. */
export function createElection(
  store: LockStore,
  name: string,
  options: ElectionOptions = {},
): Election {
  const { onElected, onDeposed, ...rest } = options;
  const settings = lockSettings(store, name, { ...rest, handoffs: 0, prefix: 'election:' });
  return new StoreElection(new StoreLock(settings), onElected, onDeposed);
}

class StoreElection implements Election {
  readonly name: string;
  readonly #lock: StoreLock;
  readonly #onElected: ElectionOptions['onElected'];
  readonly #onDeposed: ElectionOptions['onDeposed'];
  #standing: { readonly lease: Promise<Lease>; readonly stop: AbortController } | undefined;
  #term: Lease | undefined;

  constructor(
    lock: StoreLock,
    onElected: ElectionOptions['onElected'],
    onDeposed: ElectionOptions['onDeposed'],
  ) {
    this.name = lock.name;
    this.#lock = lock;
    this.#onElected = onElected;
    this.#onDeposed = onDeposed;
  }

  get isLeader(): boolean {
    return this.#term?.held ?? false;
  }

  campaign({ signal }: { readonly signal?: AbortSignal | undefined } = {}): Promise<Lease> {
    if (this.#term?.held) return Promise.resolve(this.#term);
    if (this.#standing) return this.#standing.lease;
    const stop = new AbortController();
    const abort = (): void => stop.abort(signal?.reason);
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort, { once: true });
    const lease = this.#lock
      .acquire({ signal: stop.signal, waitMs: Number.POSITIVE_INFINITY })
      .then((won) => this.#elected(won))
      .finally(() => {
        signal?.removeEventListener('abort', abort);
        this.#standing = undefined;
      });
    this.#standing = { lease, stop };
    return lease;
  }

  async resign(): Promise<boolean> {
    this.#standing?.stop.abort();
    const term = this.#term;
    if (!term?.held) return false;
    this.#term = undefined;
    const released = term.release();
    this.#onDeposed?.(undefined);
    return released;
  }

  async leader(): Promise<HolderState | undefined> {
    const { holders } = await this.#lock.inspect();
    return holders[0];
  }

  async lead<T>(
    fn: (lease: Lease) => T | Promise<T>,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<T> {
    for (;;) {
      const lease = await this.campaign(options);
      try {
        const result = await fn(lease);
        if (lease.held || !lease.signal.aborted) return result;
      } catch (error) {
        if (!lease.signal.aborted || !isStop(error)) throw error;
      } finally {
        if (this.#term === lease) await this.resign().catch(() => false);
      }
    }
  }

  #elected(lease: Lease): Lease {
    this.#term = lease;
    lease.signal.addEventListener('abort', () => {
      if (this.#term !== lease) return;
      this.#term = undefined;
      this.#onDeposed?.(lease.signal.reason as LockLostError);
    });
    this.#onElected?.(lease);
    return lease;
  }
}

/** Whether `fn` failed because it was told to stop. */
function isStop(error: unknown): boolean {
  const { name } = (error ?? {}) as { readonly name?: unknown };
  return name === 'AbortError' || isKvError(error, 'ABORTED') || isKvError(error, 'LOCK_LOST');
}
