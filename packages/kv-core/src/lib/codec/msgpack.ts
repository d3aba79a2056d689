import { Packr } from 'msgpackr';
import { KvError } from '../errors/kv-error.js';
import type { Codec } from './codec.js';

const MOST_DEPTH = 100;

/**
 * MessagePack by msgpackr: smaller than JSON, and keeps Date, Map, BigInt within 64 bits, Uint8Array,
 * NaN, infinities and `undefined` inside. What it cannot keep is refused with `INVALID_VALUE`:
 * functions, symbols, −0, Set, class instances, a property named `__proto__`. Nesting is limited to 100, in
 * and out. `T` is what you store; it is not checked. Counters of `increment` are decimal text, which is no
 * MessagePack: read them with `increment(key, 0)`.
 */
export function msgpack<T = unknown>(): Codec<T> {
  return codec as Codec<T>;
}

// Records keep plain objects apart from Maps; each message carries its own, so that it stands alone.
// Buffers are copied: a view would let callers write into what a driver has stored.
const packr = new Packr({
  useRecords: true,
  sequential: false,
  int64AsType: 'bigint',
  copyBuffers: true,
});

const codec: Codec<unknown> = {
  name: 'msgpack',
  encode(value) {
    check(value, 0);
    try {
      return new Uint8Array(packr.pack(value));
    } catch (cause) {
      throw new KvError('INVALID_VALUE', 'MessagePack cannot keep the value', { cause });
    }
  },
  decode(bytes) {
    try {
      // A view of its own: msgpackr leaves a property on the array that it reads.
      const value: unknown = packr.unpack(bytes.subarray());
      // Foreign bytes can hold more than this codec writes: other classes, cycles, any depth.
      check(value, 0);
      return value;
    } catch (cause) {
      throw new KvError('CORRUPT_VALUE', 'the stored bytes are not MessagePack', { cause });
    }
  },
};

function check(value: unknown, depth: number): void {
  switch (typeof value) {
    case 'function':
    case 'symbol':
      throw refused(typeof value);
    case 'number':
      if (Object.is(value, -0)) throw refused('−0');
      return;
    case 'string':
      if (!value.isWellFormed()) throw refused('a lone surrogate');
      return;
    case 'object':
      if (value !== null) checkObject(value, depth);
      return;
    default:
  }
}

function checkObject(value: object, depth: number): void {
  if (depth >= MOST_DEPTH) throw refused(`nesting deeper than ${MOST_DEPTH}, or a cycle,`);
  if (value instanceof Uint8Array) return;
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw refused('an invalid Date');
    return;
  }
  if (value instanceof Map) {
    for (const [key, item] of value) {
      check(key, depth + 1);
      check(item, depth + 1);
    }
    return;
  }
  if (Array.isArray(value)) {
    if (Object.getPrototypeOf(value) !== Array.prototype) throw refused('a class instance');
    if (Object.keys(value).length !== value.length) throw refused('a sparse or extended array');
    for (const item of value) check(item, depth + 1);
    return;
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw refused('a class instance');
  if (Object.getOwnPropertySymbols(value).length > 0) throw refused('a symbol as property name');
  for (const [key, item] of Object.entries(value)) {
    if (key === '__proto__') throw refused('a property named __proto__');
    check(key, depth + 1);
    check(item, depth + 1);
  }
}

function refused(what: string): KvError {
  return new KvError('INVALID_VALUE', `MessagePack cannot keep ${what} as it is`);
}
