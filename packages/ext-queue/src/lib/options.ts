import { type Clock, type Codec, KvError, type Store } from '@grovekv/kv-core';
import { json } from '@grovekv/kv-core/codecs';
import type { BackoffPlan } from './entry.js';

/** What a queue needs of a store: any `Store`, whatever its values. */
export type QueueStore = Pick<Store, 'with' | 'clock' | 'capabilities'>;

/** How long a job rests after a failed attempt. */
export interface Backoff {
  /** `exponential`: twice as long after each attempt. */
  readonly type: 'fixed' | 'exponential';
  /** After the first attempt, in milliseconds; 0 for none. */
  readonly delayMs: number;
  /** The longest rest, in milliseconds. Default: an hour. */
  readonly maxDelayMs?: number | undefined;
}

/** Options of `createQueue`. */
export interface QueueOptions<T = unknown> {
  /** How long a delivery is leased to its worker unless extended, in milliseconds. Default 30,000. */
  readonly visibilityMs?: number | undefined;
  /** Deliveries of a job before it is dead, 1 to 10,000. Default 5. */
  readonly maxAttempts?: number | undefined;
  /** Default: exponential from 1,000 ms to an hour. */
  readonly backoff?: Backoff | undefined;
  /** Of payloads. Default: strict JSON. */
  readonly codec?: Codec<T> | undefined;
  /** How long an id is remembered after the job was due, in milliseconds. Default: a day. */
  readonly idTtlMs?: number | undefined;
  /**
   * A segment takes no more jobs when it has about so many bytes. Default 4,000: small records make single calls cheap; less if the driver
   * takes less.
   */
  readonly segmentBytes?: number | undefined;
  /**
   * How long drained segments are kept, in milliseconds: much longer than any call can hang. Default
   * 120,000.
   */
  readonly tombstoneMs?: number | undefined;
  /** Works on a store that may evict records, and with them jobs. Default false. */
  readonly allowVolatile?: boolean | undefined;
  /** Default: the store's. */
  readonly clock?: Clock | undefined;
}

/** Options of `enqueue`. */
export interface EnqueueOptions {
  /**
   * Names the job, at most 255 bytes. While it is remembered (`idTtlMs`), a second job of this id is not
   * made. Default: one made up.
   */
  readonly id?: string | undefined;
  /** While a job with this key is there and not dead, no second one is made. At most 255 bytes. */
  readonly dedupe?: string | undefined;
  /** Not before so many milliseconds from now. */
  readonly delayMs?: number | undefined;
  /** Not before this moment. */
  readonly runAt?: Date | number | undefined;
  /** 0 (default) to 9; higher ones are delivered first. */
  readonly priority?: number | undefined;
  /** Default: the queue's. */
  readonly maxAttempts?: number | undefined;
  /** Default: the queue's. */
  readonly backoff?: Backoff | undefined;
}

/** Options, checked and complete. */
export interface QueueSettings<T> {
  readonly name: string;
  /** The beginning of all its keys. */
  readonly prefix: string;
  readonly store: QueueStore;
  readonly clock: Clock;
  readonly codec: Codec<T>;
  readonly visibilityMs: number;
  readonly maxAttempts: number;
  readonly backoff: BackoffPlan;
  readonly idTtlMs: number;
  readonly segmentBytes: number;
  readonly mostPayloadBytes: number;
  readonly maxKeyBytes: number;
  readonly tombstoneMs: number;
}

export const MOST_PRIORITY = 9;
const MOST_ATTEMPTS = 10_000;
const MOST_TEXT_BYTES = 255;
const LONGEST_MS = 2 ** 45;
const LONGEST_BACKOFF_MS = 2 ** 32 - 1;
const HOUR_MS = 3_600_000;
/** What a record has besides one payload, with what hooks may add. */
const RECORD_BYTES = 3_072;
/** What keys of segments are longer than the prefix, at most. */
const KEY_BYTES = 40;

/** Checks everything before anything is stored. */
export function queueSettings<T>(
  store: QueueStore,
  name: string,
  options: QueueOptions<T>,
): QueueSettings<T> {
  if (typeof name !== 'string' || name === '' || !name.isWellFormed()) {
    throw new KvError('INVALID_KEY', 'the name of a queue is a well-formed string, not empty');
  }
  const { durability, shared, maxKeyBytes, maxValueBytes, name: driver } = store.capabilities;
  if (durability === 'volatile' && shared && options.allowVolatile !== true) {
    throw new KvError(
      'NOT_SUPPORTED',
      `the ${driver} driver is volatile: its server may evict any record, and with it up to 64 jobs ` +
        'that were acknowledged; say allowVolatile: true if your jobs may be lost',
    );
  }
  const prefix = `queue:${name.replaceAll(':', '::')}:`;
  checkKey(prefix, maxKeyBytes - KEY_BYTES);
  const segmentBytes = span('segmentBytes', options.segmentBytes ?? 4_000);
  return {
    name,
    prefix,
    store,
    clock: options.clock ?? store.clock,
    codec: options.codec ?? (json() as Codec<T>),
    visibilityMs: span('visibilityMs', options.visibilityMs ?? 30_000),
    maxAttempts: checkAttempts(options.maxAttempts ?? 5),
    backoff: checkBackoff(options.backoff ?? { type: 'exponential', delayMs: 1_000 }),
    idTtlMs: span('idTtlMs', options.idTtlMs ?? 24 * HOUR_MS),
    segmentBytes: Math.min(segmentBytes, maxValueBytes - RECORD_BYTES),
    mostPayloadBytes: maxValueBytes - RECORD_BYTES,
    maxKeyBytes,
    tombstoneMs: span('tombstoneMs', options.tombstoneMs ?? 120_000),
  };
}

/** A positive number of milliseconds (or what `what` says), rounded up. */
export function span(what: string, value: number): number {
  if (typeof value === 'number' && value > 0 && value <= LONGEST_MS) return Math.ceil(value);
  throw invalid(`${what} is a positive number, at most 2^45`);
}

/** A number of milliseconds that may be 0. */
export function pause(what: string, ms: number): number {
  if (typeof ms === 'number' && ms >= 0 && ms <= LONGEST_MS) return Math.ceil(ms);
  throw invalid(`${what} is a number of milliseconds, 0 or more`);
}

export function checkAttempts(value: number): number {
  if (Number.isSafeInteger(value) && value >= 1 && value <= MOST_ATTEMPTS) return value;
  throw invalid(`maxAttempts is an integer from 1 to ${MOST_ATTEMPTS}`);
}

export function checkPriority(value: number): number {
  if (Number.isSafeInteger(value) && value >= 0 && value <= MOST_PRIORITY) return value;
  throw invalid(`priority is an integer from 0 to ${MOST_PRIORITY}`);
}

export function checkBackoff({ type, delayMs, maxDelayMs = HOUR_MS }: Backoff): BackoffPlan {
  if (type !== 'fixed' && type !== 'exponential') {
    throw invalid("the type of a backoff is 'fixed' or 'exponential'");
  }
  const delay = pause('backoff.delayMs', delayMs);
  const longest = Math.max(delay, pause('backoff.maxDelayMs', maxDelayMs));
  if (longest > LONGEST_BACKOFF_MS) throw invalid('a backoff is at most 2^32 - 1 ms');
  return { doubling: type === 'exponential', delayMs: delay, maxDelayMs: longest };
}

/** A text that is part of a key or a record; empty if it is not given. */
export function checkText(what: string, value: string | undefined): string {
  if (value === undefined) return '';
  if (typeof value !== 'string' || value === '' || !value.isWellFormed()) {
    throw invalid(`${what} is a well-formed string, not empty`);
  }
  if (value.length * 3 > MOST_TEXT_BYTES && byteLength(value) > MOST_TEXT_BYTES) {
    throw invalid(`${what} has at most ${MOST_TEXT_BYTES} bytes`);
  }
  return value;
}

/** Refuses what makes no key of the driver, before others are written; a namespace comes on top. */
export function checkKey(key: string, maxBytes: number): void {
  if (key.length * 3 <= maxBytes || byteLength(key) <= maxBytes) return;
  throw new KvError('KEY_TOO_LARGE', "a key of the queue would be over the driver's limit", {
    key,
  });
}

/** A whole number within limits. */
export function count(what: string, value: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= 1 && value <= most) return value;
  throw invalid(`${what} is an integer from 1 to ${most}`);
}

function byteLength(value: string): number {
  return new TextEncoder().encode(value).byteLength;
}

export function invalid(message: string): KvError {
  return new KvError('INVALID_ARGUMENT', message);
}
