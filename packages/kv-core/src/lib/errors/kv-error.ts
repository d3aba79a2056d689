/**
 * What went wrong, as a stable word to branch on.
 *
 * - `INVALID_KEY` the key is empty, not a string, or holds a lone surrogate.
 * - `KEY_TOO_LARGE` the key, namespace included, is over the driver's limit in UTF-8 bytes.
 * - `INVALID_VALUE` the codec or schema refuses the value: storing it would change it.
 * - `VALUE_TOO_LARGE` the stored bytes are over the driver's limit.
 * - `INVALID_ARGUMENT` an option or argument is out of its documented range.
 * - `NOT_AN_INTEGER` an increment met bytes that are not a decimal integer.
 * - `OUT_OF_RANGE` a number would leave the safe integers.
 * - `WRONG_TYPE` the server holds another kind of data at the key.
 * - `CORRUPT_VALUE` stored bytes cannot be what this store wrote.
 * - `DECRYPT_FAILED` ciphertext is altered, moved, truncated or of an unknown key.
 * - `CONTENTION` a compare-and-swap lost too many times in a row.
 * - `TIMEOUT` no answer within the time allowed.
 * - `ABORTED` the caller's signal fired.
 * - `UNAVAILABLE` the server cannot be reached or refuses to serve.
 * - `CLOSED` the store or driver is closed.
 * - `NOT_SUPPORTED` the driver does not have this operation.
 * - `READ_ONLY` a hook forbids writing.
 * - `INVALID_DRIVER` a driver broke its contract.
 * - `LOCK_TIMEOUT`, `LOCK_LOST` of ext-lock: see there.
 * - `SESSION_DESTROYED`, `SESSION_CONFLICT` of ext-session: see there.
 * - `LEASE_LOST` of ext-queue: see there.
 */
export type KvErrorCode =
  | 'INVALID_KEY'
  | 'KEY_TOO_LARGE'
  | 'INVALID_VALUE'
  | 'VALUE_TOO_LARGE'
  | 'INVALID_ARGUMENT'
  | 'NOT_AN_INTEGER'
  | 'OUT_OF_RANGE'
  | 'WRONG_TYPE'
  | 'CORRUPT_VALUE'
  | 'DECRYPT_FAILED'
  | 'CONTENTION'
  | 'TIMEOUT'
  | 'ABORTED'
  | 'UNAVAILABLE'
  | 'CLOSED'
  | 'NOT_SUPPORTED'
  | 'READ_ONLY'
  | 'INVALID_DRIVER'
  | 'LOCK_TIMEOUT'
  | 'LOCK_LOST'
  | 'SESSION_DESTROYED'
  | 'SESSION_CONFLICT'
  | 'LEASE_LOST';

/** Whether a failed call may have changed the store: `none` certainly not, `unknown` perhaps, once. */
export type Outcome = 'none' | 'unknown';

/** The parts of a {@link KvError} besides its code and message. */
export interface KvErrorDetails {
  readonly key?: string | undefined;
  readonly outcome?: Outcome | undefined;
  readonly cause?: unknown;
}

const MARK: unique symbol = Symbol.for('grovekv.error') as never;

/**
 * The one error class of Grove KV. Recognise it with {@link isKvError}, not with `instanceof`: the ESM
 * and the CJS build of a package are two classes.
 */
export class KvError extends Error {
  override readonly name: string = 'KvError';
  /** What went wrong. */
  readonly code: KvErrorCode;
  /** The key concerned, as the caller named it, where there is one. */
  readonly key: string | undefined;
  /** Whether the write may have happened. */
  readonly outcome: Outcome;

  constructor(code: KvErrorCode, message: string, details: KvErrorDetails = {}) {
    super(message, 'cause' in details ? { cause: details.cause } : undefined);
    this.code = code;
    this.key = details.key;
    this.outcome = details.outcome ?? 'none';
    Object.defineProperty(this, MARK, { value: true });
  }
}

/** Whether `error` is a {@link KvError} of any copy of this package, and of `code` if that is given. */
export function isKvError(error: unknown, code?: KvErrorCode): error is KvError {
  return (
    typeof error === 'object' &&
    error !== null &&
    (error as { [MARK]?: unknown })[MARK] === true &&
    (code === undefined || (error as KvError).code === code)
  );
}
