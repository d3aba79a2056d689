import { KvError } from '@grovekv/kv-core';

/**
 * The lease of a delivery is over: it has expired, or the job has been acknowledged, given back or given
 * to another. Code `LEASE_LOST`; nothing was changed.
 */
export class LeaseLostError extends KvError {
  override readonly name: string = 'LeaseLostError';

  constructor(key: string, id: string, why: string) {
    super('LEASE_LOST', `the lease of job ${id} is over: ${why}`, { key });
  }
}
