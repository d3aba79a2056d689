export { acquireAll, type LeaseSet } from './lib/acquire-all.js';
export { createElection, type Election, type ElectionOptions } from './lib/election.js';
export { LockLostError, LockTimeoutError } from './lib/errors.js';
export type { HolderState, LockState } from './lib/inspect.js';
export type { Lease } from './lib/lease.js';
export { createLock, type Lock } from './lib/lock.js';
export type { AcquireOptions, LockOptions, LockStore } from './lib/options.js';
export { createSemaphore, type SemaphoreOptions } from './lib/semaphore.js';
