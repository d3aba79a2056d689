import { type Lock, StoreLock } from './lock.js';
import { type LockOptions, type LockStore, lockSettings } from './options.js';

/** Options of {@link createSemaphore}. */
export interface SemaphoreOptions extends LockOptions {
  /** How many leases can be held at the same time, 1 to 1,000. The same for all users. */
  readonly permits: number;
}

/**
 * Makes a {@link Lock} that up to `permits` hold at the same time. Every lease has a fence that no other
 * has; leases held together say nothing of who came first.
 */
export function createSemaphore(store: LockStore, name: string, options: SemaphoreOptions): Lock {
  const permits = options?.permits ?? Number.NaN;
  return new StoreLock(lockSettings(store, name, { ...options, permits, prefix: 'semaphore:' }));
}
