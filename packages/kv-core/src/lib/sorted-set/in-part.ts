import { isKvError, KvError } from '../errors/kv-error.js';

/** The error of a bulk call of which earlier changes are stored. */
export function inPart(error: unknown, key: string): KvError {
  const code = isKvError(error) ? error.code : 'UNAVAILABLE';
  const text = 'the first part of the changes is stored, the rest is not';
  return new KvError(code, text, { key, outcome: 'unknown', cause: error });
}
