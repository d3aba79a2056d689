import { isKvError, KvError, type Outcome } from '@grovekv/kv-core/driver';

interface LevelError {
  readonly code?: unknown;
  readonly cause?: unknown;
}

function codeOf(error: unknown): unknown {
  return (error as LevelError | undefined)?.code;
}

function textOf(error: unknown): string {
  const { cause } = (error ?? {}) as LevelError;
  const text = error instanceof Error ? error.message : String(error);
  return cause instanceof Error ? `${text}: ${cause.message}` : text;
}

export function unavailable(message: string, outcome: Outcome, cause?: unknown): KvError {
  return new KvError('UNAVAILABLE', message, { outcome, cause });
}

export function readError(error: unknown): KvError {
  if (isKvError(error)) return error;
  return unavailable(`level could not read: ${textOf(error)}`, 'none', error);
}

/** Level refuses a batch as a whole when it is closed; after any other failure nobody knows. */
export function writeError(error: unknown): KvError {
  if (isKvError(error)) return error;
  const outcome = codeOf(error) === 'LEVEL_DATABASE_NOT_OPEN' ? 'none' : 'unknown';
  return unavailable(`level could not write: ${textOf(error)}`, outcome, error);
}

export function openError(error: unknown, path: string): KvError {
  if (isKvError(error)) return error;
  const reason = (error as LevelError | undefined)?.cause;
  if (codeOf(error) === 'LEVEL_LOCKED' || codeOf(reason) === 'LEVEL_LOCKED')
    return inUse(path, error);
  return unavailable(`level could not open ${path}: ${textOf(error)}`, 'none', error);
}

/** LevelDB and this driver's way of writing allow for one process, or one tab, at a time. */
export function inUse(path: string, cause?: unknown): KvError {
  const text = `the database ${path} is open elsewhere: in another process, tab, or by other code here`;
  return unavailable(text, 'none', cause);
}

export function closedError(): KvError {
  return new KvError('CLOSED', 'the level driver is closed');
}

export function timeoutError(timeoutMs: number, outcome: Outcome): KvError {
  return new KvError('TIMEOUT', `level did not answer within ${timeoutMs} ms`, { outcome });
}
