import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { Packr } from 'msgpackr';
import { describe, expect, it } from 'vitest';
import { anything, hostile, nested, withPrototypes } from '../../../test/support/values.js';
import { isKvError } from '../errors/kv-error.js';
import { bytes } from './bytes.js';
import type { Codec } from './codec.js';
import { json, parseJson, stringifyJson } from './json.js';
import { msgpack } from './msgpack.js';
import { text } from './text.js';

const CODECS: Codec<unknown>[] = [json(), msgpack(), text(), bytes()];

/** The value after a round trip; `refused` if the codec does not take it. Any other error shows. */
function roundTrip(codec: Codec<unknown>, value: unknown): unknown {
  let stored: Uint8Array;
  try {
    stored = codec.encode(value);
  } catch (error) {
    if (isKvError(error, 'INVALID_VALUE')) return 'refused';
    throw error;
  }
  expect(stored).toBeInstanceOf(Uint8Array);
  return { back: codec.decode(new Uint8Array(stored)) };
}

function decoded(codec: Codec<unknown>, stored: Uint8Array): unknown {
  try {
    return codec.decode(stored);
  } catch (error) {
    return isKvError(error) ? error.code : error;
  }
}

describe('every codec', () => {
  for (const codec of CODECS) {
    it(`${codec.name} keeps any value exactly, or refuses it`, () => {
      const keeps = (value: unknown): void => {
        const answer = roundTrip(codec, value);
        if (answer === 'refused') return;
        const expected = { back: withPrototypes(value) };
        if (!isDeepStrictEqual(answer, expected)) expect(answer).toEqual(expected);
        expect(isDeepStrictEqual(answer, expected)).toBe(true);
      };
      for (const value of hostile()) {
        keeps(value);
        keeps([value]);
        keeps({ value });
      }
      fc.assert(fc.property(anything, keeps), { numRuns: 2_000 });
    });

    it(`${codec.name} takes foreign bytes for what they say, or for corrupt: nothing else`, () => {
      const survives = (stored: Uint8Array): void => {
        const value = decoded(codec, stored);
        if (value === 'CORRUPT_VALUE' || value === undefined) return;
        expect(value).not.toBeInstanceOf(Error);
      };
      fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), survives), { numRuns: 3_000 });
    });

    it(`${codec.name} reads only the bytes of a view, and later changes reach nothing`, () => {
      const sample = codec.name === 'bytes' ? Uint8Array.of(1, 2, 3) : 'a text';
      const stored = codec.encode(sample);
      const larger = new Uint8Array(stored.byteLength + 8).fill(0x31);
      larger.set(stored, 4);
      const view = larger.subarray(4, 4 + stored.byteLength);
      const value = codec.decode(view);
      larger.fill(0);
      expect(value).toEqual(sample);
    });
  }
});

describe('json', () => {
  const codec: Codec<unknown> = json();

  it('is JSON', () => {
    const value = { a: [1, 'x', null, true, { b: {} }] };
    expect(new TextDecoder().decode(codec.encode(value))).toBe(JSON.stringify(value));
  });

  it('is there as text too, on one line, under the same rules', () => {
    const value = { a: ['x\n\r\u2028', { b: null }] };
    const text = stringifyJson(value);
    expect(new TextDecoder().decode(codec.encode(value))).toBe(text);
    expect(text).not.toMatch(/[\n\r]/);
    expect(parseJson(text)).toEqual(value);
    for (const bad of [
      undefined,
      Number.NaN,
      -0,
      new Date(0),
      [undefined],
      nested(101, (x) => [x]),
    ]) {
      expect(() => stringifyJson(bad)).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }));
    }
    for (const bad of ['', '{', `${'['.repeat(101)}${']'.repeat(101)}`, '[]]']) {
      expect(() => parseJson(bad)).toThrow(expect.objectContaining({ code: 'CORRUPT_VALUE' }));
    }
  });

  it('round-trips every JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        fc.pre(
          !JSON.stringify(value).includes('-0') && isDeepStrictEqual(value, structuredClone(value)),
        );
        const answer = roundTrip(codec, value);
        if (answer !== 'refused') expect(answer).toEqual({ back: value });
        else expect(hasNegativeZero(value)).toBe(true);
      }),
    );
  });

  it('limits nesting to 100, in and out, however deep it goes', () => {
    const wraps = [(inner: unknown) => [inner], (inner: unknown) => ({ a: inner })];
    for (const wrap of wraps) {
      expect(roundTrip(codec, nested(100, wrap))).toEqual({
        back: nested(100, wrap),
      });
      for (const depth of [101, 20_000, 1_000_000]) {
        expect(roundTrip(codec, nested(depth, wrap))).toBe('refused');
      }
    }
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      for (const [depth, code] of [
        [101, 'CORRUPT_VALUE'],
        [20_000, 'CORRUPT_VALUE'],
      ] as const) {
        const deep = `${open.repeat(depth)}1${close.repeat(depth)}`;
        expect(decoded(codec, new TextEncoder().encode(deep))).toBe(code);
      }
      const fits = `${open.repeat(100)}1${close.repeat(100)}`;
      expect(typeof decoded(codec, new TextEncoder().encode(fits))).toBe('object');
    }
    const mixed = `${'[{"a":'.repeat(51)}1${'}]'.repeat(51)}`;
    expect(decoded(codec, new TextEncoder().encode(mixed))).toBe('CORRUPT_VALUE');
    const flat = JSON.stringify(Array(500).fill(['[[[{{{', '"\\"[']));
    expect(decoded(codec, new TextEncoder().encode(flat))).toEqual(JSON.parse(flat));
  });

  it('refuses cycles', () => {
    const cycle: unknown[] = [];
    cycle.push({ cycle });
    expect(roundTrip(codec, cycle)).toBe('refused');
  });

  it('touches no prototype', () => {
    const value = JSON.parse('{"__proto__": {"polluted": true}}');
    const { back } = roundTrip(codec, value) as { back: object };
    expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
    expect(Object.hasOwn(back, '__proto__')).toBe(true);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('takes for corrupt what is no UTF-8, no JSON, empty, or has a byte order mark', () => {
    const bad = [
      [],
      [0xff],
      [0x7b],
      [0xef, 0xbb, 0xbf, 0x31],
      [0xed, 0xa0, 0x80],
      [0x31, 0x20, 0x32],
    ];
    for (const stored of bad) {
      expect(decoded(codec, Uint8Array.from(stored))).toBe('CORRUPT_VALUE');
    }
  });

  it('says what it refuses', () => {
    expect(() => codec.encode(-0)).toThrow('-0');
    expect(() => codec.encode([new Date(0)])).toThrow('Date');
    expect(() => codec.encode({ a: undefined })).toThrow('undefined');
  });
});

describe('msgpack', () => {
  const codec = msgpack();

  it('keeps what JSON cannot', () => {
    const value = {
      when: new Date(1_700_000_000_123),
      map: new Map<unknown, unknown>([
        [1, 'a'],
        [{ b: 1 }, [2n ** 63n, -1n]],
      ]),
      bytes: Uint8Array.of(0, 255),
      numbers: [Number.NaN, Number.NEGATIVE_INFINITY, 2 ** 53, 0.1, -(2 ** 40)],
      nothing: undefined,
    };
    expect(roundTrip(codec, value)).toEqual({ back: value });
  });

  it('refuses what it would change', () => {
    const bad = [-0, new Set(), /x/, new Error('e'), 2n ** 64n, '\ud800', new Date(Number.NaN)];
    for (const value of bad) {
      for (const inside of [value, [value], { value }, new Map([[1, value]])]) {
        expect(roundTrip(codec, inside)).toBe('refused');
      }
    }
  });

  it('keeps every shape in a message of many shapes', () => {
    const shapes = Array.from({ length: 400 }, (_, index) => ({
      [`k${index}`]: { [`z${index}`]: index },
    }));
    expect(roundTrip(codec, shapes)).toEqual({ back: shapes });
    const wide = Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => [`p${index}`, index]),
    );
    expect(roundTrip(codec, [wide, wide, { ...wide, more: 1 }])).toEqual({
      back: [wide, wide, { ...wide, more: 1 }],
    });
  });

  it('each message stands alone, in any order and any process', () => {
    const [first, second] = [codec.encode({ a: 1, b: 2 }), codec.encode({ a: 3, b: 4 })];
    const other = new Packr({ useRecords: true, int64AsType: 'bigint' });
    expect(other.unpack(second)).toEqual({ a: 3, b: 4 });
    expect([codec.decode(second), codec.decode(first)]).toEqual([
      { a: 3, b: 4 },
      { a: 1, b: 2 },
    ]);
  });

  it('gives bytes of their own: writing into a decoded value reaches no stored one', () => {
    const stored = codec.encode({ inner: Uint8Array.of(1, 2, 3) });
    const before = [...stored];
    const value = codec.decode(stored) as { inner: Uint8Array };
    value.inner.fill(9);
    expect([...stored]).toEqual(before);
    expect(Object.keys(stored)).toHaveLength(before.length);
    expect(value.inner.buffer.byteLength).toBe(3);
  });

  it('limits nesting to 100, in and out, however deep it goes', () => {
    const wraps = [
      (inner: unknown) => [inner],
      (inner: unknown) => ({ a: inner }),
      (inner: unknown) => new Map([[1, inner]]),
    ];
    for (const wrap of wraps) {
      expect(roundTrip(codec, nested(100, wrap))).toEqual({ back: nested(100, wrap) });
      for (const depth of [101, 20_000, 100_000]) {
        expect(roundTrip(codec, nested(depth, wrap))).toBe('refused');
      }
    }
    for (const depth of [101, 1_000, 20_000, 100_000, 1_000_000]) {
      const deep = new Uint8Array(depth + 1).fill(0x91);
      deep[depth] = 1;
      expect(decoded(codec, deep)).toBe('CORRUPT_VALUE');
    }
    // A failure deep inside leaves nothing behind.
    expect(roundTrip(codec, { fine: [1] })).toEqual({ back: { fine: [1] } });
  });

  it('revives no classes, follows no cycles, takes nothing that trails', () => {
    const liberal = new Packr({ structuredClone: true, moreTypes: true });
    const cycle: unknown[] = [];
    cycle.push(cycle);
    for (const value of [new Set([1]), /re/, new Error('e'), cycle, new Uint16Array(2)]) {
      const stored = new Uint8Array(liberal.pack(value));
      expect(decoded(codec, stored)).toBe('CORRUPT_VALUE');
      expect(decoded(codec, new Uint8Array(liberal.pack([value])))).toBe('CORRUPT_VALUE');
    }
    const stored = codec.encode({ a: 1 });
    expect(decoded(codec, Uint8Array.of(...stored, 0))).toBe('CORRUPT_VALUE');
    expect(decoded(codec, stored.subarray(0, -1))).toBe('CORRUPT_VALUE');
    expect(decoded(codec, new Uint8Array())).toBe('CORRUPT_VALUE');
  });
});

describe('text', () => {
  it('keeps every well-formed string', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 2_000 }), (value) => {
        const answer = roundTrip(text(), value);
        expect(answer).toEqual(value.isWellFormed() ? { back: value } : 'refused');
      }),
    );
  });

  it('refuses what is no string', () => {
    for (const value of [1, null, ['a'], new String('a'), Buffer.from('a')]) {
      expect(roundTrip(text(), value)).toBe('refused');
    }
  });
});

describe('bytes', () => {
  it('copies, both ways', () => {
    const mine = Uint8Array.of(1, 2, 3);
    const stored = bytes().encode(mine);
    mine.fill(0);
    expect(stored).toEqual(Uint8Array.of(1, 2, 3));
    bytes().decode(stored).fill(0);
    expect(stored).toEqual(Uint8Array.of(1, 2, 3));
  });

  it('stores only the bytes of a view', () => {
    const larger = Uint8Array.of(0, 1, 2, 3, 0);
    const stored = bytes().encode(larger.subarray(1, 4));
    expect(stored).toEqual(Uint8Array.of(1, 2, 3));
    expect(stored.buffer.byteLength).toBe(3);
    expect(bytes().encode(Buffer.from('ab'))).toEqual(Uint8Array.of(97, 98));
  });

  it('refuses what is no Uint8Array', () => {
    for (const value of [[1], 'a', new Uint16Array(1), new ArrayBuffer(1), null]) {
      expect(roundTrip(bytes(), value)).toBe('refused');
    }
  });
});

function hasNegativeZero(value: unknown): boolean {
  if (Object.is(value, -0)) return true;
  return typeof value === 'object' && value !== null && Object.values(value).some(hasNegativeZero);
}
