import { KvError, type Outcome } from '@grovekv/kv-core/driver';
import type { Item } from './item-format.js';

/** The condition of a write did not hold. `item` is what stands there, if the server told it. */
export class ConditionUnmet extends Error {
  readonly item: Item | undefined;

  constructor(item: Item | undefined) {
    super('the condition is not met');
    this.item = item;
  }
}

/** A transaction was cancelled: the code of each of its items, `None` if that was not the reason. */
export class TransactionCancelled extends Error {
  readonly codes: readonly string[];

  constructor(codes: readonly string[]) {
    super('the transaction is cancelled');
    this.codes = codes;
  }
}

/** What went wrong with a request, and whether to send it again. */
export interface Fault {
  readonly error: Error;
  /**
   * `yes`: the server has not done it and may do it a little later. `if harmless`: nobody knows whether
   * it was done. `no`: it would fail again.
   */
  readonly again: 'yes' | 'if harmless' | 'no';
}

/** The parts of errors of the SDK and of Node that matter here. */
interface RawError extends Error {
  readonly code?: string;
  readonly syscall?: string;
  readonly errors?: readonly RawError[];
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly Item?: Item;
  readonly CancellationReasons?: readonly { readonly Code?: string }[];
}

const BUSY = new Set([
  'ProvisionedThroughputExceededException',
  'ThrottlingException',
  'ThrottledException',
  'RequestLimitExceeded',
  'TransactionConflictException',
  'ReplicatedWriteConflictException',
]);

const BUSY_REASON = /^(TransactionConflict|ProvisionedThroughputExceeded|ThrottlingError)$/;

/** Errors from before anything is sent. */
const NOT_SENT = /Credentials|TokenProvider/;

export function toFault(thrown: unknown, write: boolean, table: string): Fault {
  const cause = (thrown instanceof Error ? thrown : new Error(String(thrown))) as RawError;
  const { name, message } = cause;
  const because = message || name;
  if (name === 'ConditionalCheckFailedException') {
    return { error: new ConditionUnmet(cause.Item), again: 'no' };
  }
  if (name === 'TransactionCanceledException') return cancelled(cause);
  if (BUSY.has(name)) {
    const text = `DynamoDB cannot keep up: ${because}`;
    return { error: unavailable(text, 'none', cause), again: 'yes' };
  }
  // An earlier request with the same token is still under way: this one learns its end if it asks again.
  if (name === 'TransactionInProgressException') {
    return { error: unavailable(because, 'unknown', cause), again: 'if harmless' };
  }
  if (name === 'ResourceNotFoundException') {
    const text = `DynamoDB has no table "${table}": create it, or set createTable to true`;
    return { error: unavailable(text, 'none', cause), again: 'no' };
  }
  if (name === 'ValidationException' && /size/i.test(message)) {
    return { error: new KvError('VALUE_TOO_LARGE', message, { cause }), again: 'no' };
  }
  if (name === 'ValidationException' && /operand|incorrect data type/i.test(message)) {
    return { error: new KvError('WRONG_TYPE', message, { cause }), again: 'no' };
  }
  const status = cause.$metadata?.httpStatusCode ?? 0;
  if (status >= 400 && status < 500) {
    return { error: unavailable(`DynamoDB refused: ${because}`, 'none', cause), again: 'no' };
  }
  if (neverSent(cause)) {
    const text = `DynamoDB cannot be reached: ${because || cause.code}`;
    return { error: unavailable(text, 'none', cause), again: 'no' };
  }
  const text = status ? `DynamoDB failed: ${because}` : `the request broke: ${because}`;
  const error = unavailable(text, write ? 'unknown' : 'none', cause);
  return { error, again: 'if harmless' };
}

function cancelled(cause: RawError): Fault {
  const codes = (cause.CancellationReasons ?? []).map(({ Code }) => Code ?? 'None');
  if (codes.includes('ConditionalCheckFailed')) {
    return { error: new TransactionCancelled(codes), again: 'no' };
  }
  const text = `DynamoDB cancelled the transaction: ${cause.message}`;
  const again = codes.some((code) => BUSY_REASON.test(code)) ? 'yes' : 'no';
  return { error: unavailable(text, 'none', cause), again };
}

/** It failed while looking up the name, connecting, or finding credentials. */
function neverSent(error: RawError): boolean {
  if (error.errors?.length) return error.errors.every(neverSent);
  const { syscall, code, name, message } = error;
  return (
    syscall === 'connect' ||
    syscall === 'getaddrinfo' ||
    code === 'ECONNREFUSED' ||
    NOT_SENT.test(name) ||
    message.startsWith('Region is missing') ||
    message.includes('did not establish a connection')
  );
}

export function unavailable(message: string, outcome: Outcome, cause?: Error): KvError {
  return new KvError('UNAVAILABLE', message, { outcome, cause });
}

export function timedOut(outcome: Outcome): KvError {
  return new KvError('TIMEOUT', 'DynamoDB did not answer in time', { outcome });
}

export function closed(): KvError {
  return new KvError('CLOSED', 'the DynamoDB driver is closed');
}
