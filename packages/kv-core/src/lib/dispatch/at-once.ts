import { toKvError, withKey } from '../errors/errors.js';
import { isKvError, type KvError, type Outcome } from '../errors/kv-error.js';

/** What the caller gets from a driver that answered a call of one item at once. */
export function answered<R, T>(
  results: readonly (R | KvError)[],
  finish: (result: R) => T,
  outcome: Outcome,
  key: string,
): Promise<T> {
  try {
    return Promise.resolve(finish(only(results)));
  } catch (error) {
    return refused(error, outcome, key);
  }
}

/** The same of what it threw. */
export function refused(error: unknown, outcome: Outcome, key: string): Promise<never> {
  return Promise.reject(withKey(toKvError(error, outcome), key));
}

/** The one result of a call that answered at once. */
function only<T>(results: readonly (T | KvError)[]): T {
  if (results.length !== 1) throw new Error(`${results.length} results for one request`);
  const result = results[0] as T | KvError;
  if (isKvError(result)) throw result;
  return result;
}
