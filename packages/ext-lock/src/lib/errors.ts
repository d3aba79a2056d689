import { KvError } from '@grovekv/kv-core';

/** The wait for a lock has lasted longer than `waitMs`. Code `LOCK_TIMEOUT`; nothing is held. */
export class LockTimeoutError extends KvError {
  override readonly name: string = 'LockTimeoutError';

  constructor(key: string, waitMs: number) {
    super('LOCK_TIMEOUT', `the lock was not free within ${waitMs} ms`, { key });
  }
}

/** The lease is over, or was never this holder's any more. Code `LOCK_LOST`; nothing was changed. */
export class LockLostError extends KvError {
  override readonly name: string = 'LockLostError';

  constructor(key: string, why: string) {
    super('LOCK_LOST', `the lease is over: ${why}`, { key });
  }
}
