import { isKvError, KvError } from '@grovekv/kv-core';

/** The error of a call that failed after something was written, which may be found or not: says so. */
export function inDoubt(error: unknown, key: string): unknown {
  if (!isKvError(error)) return error;
  return new KvError(error.code, error.message, { key, outcome: 'unknown', cause: error });
}

/** A lane that was open a moment ago would not take a job: it may or may not be found. */
export function closedMeanwhile(key: string): KvError {
  const text = 'the lane of the job was closed while it was being enqueued';
  return new KvError('CONTENTION', text, { key, outcome: 'unknown' });
}
