import {
  isKvError,
  KvError,
  type KvErrorCode,
  type KvErrorDetails,
  type Outcome,
} from './kv-error.js';

/** Any error as a `KvError`. One that is none comes from a driver or hook that broke its contract. */
export function toKvError(error: unknown, outcome: Outcome, key?: string): KvError {
  if (isKvError(error)) return error;
  const text = error instanceof Error ? error.message : String(error);
  return new KvError('INVALID_DRIVER', `a driver or hook failed outside its contract: ${text}`, {
    outcome,
    key,
    cause: error,
  });
}

/** The same error, naming `key`. */
export function withKey(error: KvError, key: string): KvError {
  return error.key === key ? error : withDetails(error, { key, outcome: error.outcome });
}

/** The same error, with another outcome. */
export function withOutcome(error: KvError, outcome: Outcome): KvError {
  return error.outcome === outcome ? error : withDetails(error, { key: error.key, outcome });
}

function withDetails(error: KvError, details: KvErrorDetails): KvError {
  const cause = error.cause === undefined ? {} : { cause: error.cause };
  return new KvError(error.code, error.message, { ...details, ...cause });
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

export function notSupported(driver: string, verb: string): KvError {
  return new KvError('NOT_SUPPORTED', `the ${driver} driver has no ${verb}`);
}
