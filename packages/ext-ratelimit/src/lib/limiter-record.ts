import { type Codec, KvError } from '@grovekv/kv-core';
import { NumberReader, NumberWriter } from './numbers.js';
import type { LimitState } from './strategies/strategy.js';

/** What is stored under a key. */
export interface LimiterRecord {
  /** When it was written, by the time of {@link LimiterTime}. Never smaller than in the record before. */
  readonly at: number;
  /** The time to live that it was written with: what is left of it tells its age. */
  readonly ttlMs: number;
  /** Nobody is let in before; 0 if nobody is kept out. */
  readonly blockedUntil: number;
  /** One for each limit, in their order. */
  readonly states: readonly LimitState[];
}

/** `R2` in ASCII: the kind and its version. */
const MARK = 0x52;
const VERSION = 0x32;

/** As ASCII: `R2`, then `at`, `ttlMs`, `blockedUntil` and each state with its length before it. */
export function encodeRecord({ at, ttlMs, blockedUntil, states }: LimiterRecord): Uint8Array {
  let numbers = 3;
  for (const state of states) numbers += 1 + state.length;
  const writer = new NumberWriter(2, numbers);
  writer.bytes[writer.start] = MARK;
  writer.bytes[writer.start + 1] = VERSION;
  writer.push(at);
  writer.push(ttlMs);
  writer.push(blockedUntil);
  for (const state of states) {
    writer.push(state.length);
    for (let index = 0; index < state.length; index += 1) writer.push(state[index]!);
  }
  return writer.end();
}

/** Throws `CORRUPT_VALUE` for bytes that are not a record of so many limits. */
export function decodeRecord(bytes: Uint8Array, limits: number, key: string): LimiterRecord {
  if (bytes[0] !== MARK || bytes[1] !== VERSION) throw corrupt(key);
  const reader = new NumberReader(bytes, 2);
  const at = reader.next();
  const ttlMs = reader.next();
  const blockedUntil = reader.next();
  const states = new Array<number[]>(limits);
  for (let limit = 0; limit < limits; limit += 1) {
    const length = reader.next();
    if (!Number.isInteger(length) || length > bytes.length) throw corrupt(key);
    const state = new Array<number>(length);
    for (let index = 0; index < length; index += 1) state[index] = reader.next();
    states[limit] = state;
  }
  if (!reader.good) throw corrupt(key);
  return { at, ttlMs, blockedUntil, states };
}

/** Bytes as they are: nobody changes them. */
export const asTheyAre: Codec<Uint8Array> = {
  name: 'rate limiter',
  encode: (bytes) => bytes,
  decode: (bytes) => bytes,
};

function corrupt(key: string): KvError {
  return new KvError('CORRUPT_VALUE', 'the stored bytes are no record of this rate limiter', {
    key,
  });
}
