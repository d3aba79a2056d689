import { type Codec, KvError } from '@grovekv/kv-core';
import { describe } from './arguments.js';

/** What differs between counting with numbers and with bigints. */
export interface Arithmetic<N extends number | bigint> {
  readonly zero: N;
  readonly one: N;
  /** Decimal text, the form that native increments use. */
  readonly codec: Codec<N>;
  /** `value` as an `N`; `INVALID_ARGUMENT` if it is none. */
  check(value: unknown, name: string, key: string): N;
  /** A value as it is; `OUT_OF_RANGE` if it cannot be held. */
  hold(value: N): N;
}

/** A record this long is no counter. */
const MOST_DIGITS = 4096;
const DECIMAL = /^(?:0|-?[1-9][0-9]*)$/;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

function readDecimal(bytes: Uint8Array): string {
  const text = bytes.byteLength <= MOST_DIGITS + 1 ? decoder.decode(bytes) : '';
  if (DECIMAL.test(text)) return text;
  throw new KvError('NOT_AN_INTEGER', 'the stored value is not a decimal integer');
}

/** Safe integers, or an error. */
export const numbers: Arithmetic<number> = {
  zero: 0,
  one: 1,
  codec: {
    name: 'integer',
    encode: (value) => encoder.encode(String(value)),
    decode(bytes) {
      const text = readDecimal(bytes);
      return inRange(Number(text), text);
    },
  },
  check(value, name, key) {
    if (Number.isSafeInteger(value)) return (value as number) + 0;
    throw new KvError('INVALID_ARGUMENT', `${name} is a safe integer, not ${describe(value)}`, {
      key,
    });
  },
  hold: (value) => inRange(value, 'the sum'),
};

/** Integers of any size up to 4,096 digits. */
export const bigints: Arithmetic<bigint> = {
  zero: 0n,
  one: 1n,
  codec: {
    name: 'big integer',
    encode: (value) => encoder.encode(String(value)),
    decode: (bytes) => BigInt(readDecimal(bytes)),
  },
  check(value, name, key) {
    if (typeof value === 'bigint') return bigInRange(value);
    throw new KvError('INVALID_ARGUMENT', `${name} is a bigint, not ${describe(value)}`, { key });
  },
  hold: bigInRange,
};

const LARGEST = 10n ** BigInt(MOST_DIGITS) - 1n;

function inRange(value: number, text: string): number {
  if (Number.isSafeInteger(value)) return value;
  throw new KvError('OUT_OF_RANGE', `${text} is beyond the safe integers`);
}

function bigInRange(value: bigint): bigint {
  if (value <= LARGEST && value >= -LARGEST) return value;
  throw new KvError('OUT_OF_RANGE', `a counter has up to ${MOST_DIGITS} digits`);
}
