import { KvError } from '@grovekv/kv-core';
import { LockTimeoutError } from './errors.js';
import type { Lease } from './lease.js';
import type { Lock } from './lock.js';
import { type AcquireOptions, checkWait } from './options.js';

/** Leases on several locks. */
export interface LeaseSet extends AsyncDisposable {
  /** In the order of the locks that were given. */
  readonly leases: readonly Lease[];
  /** Fires when the first of them is over without having been released. */
  readonly signal: AbortSignal;
  /** Whether all are still good. */
  readonly held: boolean;
  /** Releases all; `false` if any was over before. Rejects, after trying all, if the store fails. */
  release(): Promise<boolean>;
  /** {@link LeaseSet.release}, but never rejects. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Acquires all locks or none, one after the other in the order of their keys, so that two callers never
 * wait for each other. `waitMs` is for all of them together. A lock named twice is refused with
 * `INVALID_ARGUMENT`.
 */
export async function acquireAll(
  locks: readonly Lock[],
  options: AcquireOptions = {},
): Promise<LeaseSet> {
  const { signal, waitMs = Number.POSITIVE_INFINITY } = options;
  const sorted = [...locks].sort((one, other) => (one.key < other.key ? -1 : 1));
  sorted.forEach(({ key }, index) => {
    if (sorted[index - 1]?.key !== key) return;
    throw new KvError('INVALID_ARGUMENT', 'a lock is named twice', { key });
  });
  const deadline = performance.now() + checkWait(waitMs);
  const held = new Map<Lock, Lease>();
  try {
    for (const lock of sorted) {
      const left = deadline - performance.now();
      if (left < 0 && waitMs > 0) throw new LockTimeoutError(lock.key, waitMs);
      held.set(lock, await lock.acquire({ signal, waitMs: Math.max(0, left) }));
    }
  } catch (error) {
    await Promise.all([...held.values()].map((lease) => lease[Symbol.asyncDispose]()));
    throw error;
  }
  return leaseSet(locks.map((lock) => held.get(lock)!));
}

function leaseSet(leases: readonly Lease[]): LeaseSet {
  let controller: AbortController | undefined;
  const anySignal = (): AbortSignal => {
    controller ??= new AbortController();
    const { signal } = controller;
    for (const lease of leases) {
      if (lease.signal.aborted) controller.abort(lease.signal.reason);
      else {
        const abort = (): void => controller?.abort(lease.signal.reason);
        lease.signal.addEventListener('abort', abort, { once: true, signal });
      }
    }
    return signal;
  };
  const release = async (): Promise<boolean> => {
    const ends = await Promise.allSettled(leases.map((lease) => lease.release()));
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed) throw failed.reason;
    return ends.every((end) => end.status === 'fulfilled' && end.value);
  };
  return {
    leases,
    get signal() {
      return controller?.signal ?? anySignal();
    },
    get held() {
      return leases.every((lease) => lease.held);
    },
    release,
    async [Symbol.asyncDispose]() {
      await release().catch(() => false);
    },
  };
}
