import { isKvError, KvError } from '@grovekv/kv-core';

/** The error of a call that failed after something was written, which may be found or not: says so. */
export function inDoubt(error: unknown, key: string): unknown {
  if (!isKvError(error)) return error;
  return new KvError(error.code, error.message, { key, outcome: 'unknown', cause: error });
}
