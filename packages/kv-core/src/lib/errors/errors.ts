import { isKvError, KvError, type KvErrorCode, type Outcome } from './kv-error.js';

/** Any error as a `KvError`. One that is none comes from a driver or hook that broke its contract. */
export function toKvError(error: unknown, outcome: Outcome, key?: string): KvError {
  if (isKvError(error)) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new KvError('INVALID_DRIVER', `the driver failed outside its contract: ${text}`, {
    outcome,
    key,
    cause: error,
  });
}

/** The same error, naming `key`. */
export function withKey(error: KvError, key: string): KvError {
  if (error.key === key) return error;
  return new KvError(error.code, error.message, {
    key,
    outcome: error.outcome,
    ...(error.cause === undefined ? {} : { cause: error.cause }),
  });
}

export function timeoutError(timeoutMs: number, outcome: Outcome, key?: string): KvError {
  return new KvError('TIMEOUT', `no answer within ${timeoutMs} ms`, { outcome, key });
}

export function closedError(key?: string): KvError {
  return new KvError('CLOSED', 'the store is closed', { key });
}

export function invalid(code: KvErrorCode, message: string, key?: string): KvError {
  return new KvError(code, message, { key });
}
