import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRecord, encodeRecord } from './limiter-record.js';

const numberArb = fc.oneof(
  fc.nat({ max: 40 }),
  fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  fc.integer({ min: 2 ** 31 - 40, max: 2 ** 32 + 40 }),
  fc.double({ min: 0, max: Number.MAX_VALUE, noNaN: true }),
);
const recordArb = fc.record({
  at: numberArb,
  ttlMs: numberArb,
  blockedUntil: numberArb,
  states: fc.array(fc.array(numberArb, { maxLength: 30 }), { minLength: 1, maxLength: 4 }),
});

describe('a record', () => {
  it('comes back as it was, whatever was encoded after it', () => {
    fc.assert(
      fc.property(fc.array(recordArb, { minLength: 1, maxLength: 40 }), (records) => {
        const stored = records.map(encodeRecord);
        for (const [index, bytes] of stored.entries()) {
          const record = decodeRecord(bytes, records[index]!.states.length, 'a');
          expect(JSON.stringify(record)).toBe(JSON.stringify(records[index]));
        }
      }),
    );
  });

  it('is larger than a slab if it must be', () => {
    const states = [Array.from({ length: 2_000 }, (_, index) => 1_790_000_000_000 + index)];
    const record = { at: 1, ttlMs: 2, blockedUntil: 0, states };
    expect(decodeRecord(encodeRecord(record), 1, 'a')).toEqual(record);
  });

  it('is ASCII, and of a sliding window so short that it is its own version on Redis', () => {
    const at = 1_790_000_000_000;
    const counts = Array.from({ length: 21 }, (_, index) => 900_000_000 + index);
    const states = [
      [at / 4_000, ...counts],
      [at, 0.1],
    ];
    const bytes = encodeRecord({ at, ttlMs: 120_000, blockedUntil: at + 60_000, states });
    for (const byte of bytes) expect(byte > 0x20 && byte < 0x7f).toBe(true);
    expect(bytes.length).toBeLessThan(256);
    const few = [[at / 4_000, ...counts.map((_, index) => index)]];
    expect(encodeRecord({ at, ttlMs: 60_000, blockedUntil: 0, states: few }).length).toBeLessThan(
      50,
    );
  });

  it('is refused when anything is changed so that it is none: cut, longer, of another kind', () => {
    fc.assert(
      fc.property(recordArb, fc.nat(), (record, place) => {
        const limits = record.states.length;
        const bytes = encodeRecord(record);
        const bad = [
          bytes.subarray(0, place % bytes.length),
          Uint8Array.from([...bytes, 0x30]),
          bytes.with(place % bytes.length, 0x20 + (place % 16)),
          bytes.with(0, 0x53),
          bytes.with(1, 0x31),
        ];
        for (const wrong of bad) {
          expect(() => decodeRecord(wrong, limits, 'a')).toThrow(
            expect.objectContaining({ code: 'CORRUPT_VALUE', key: 'a' }),
          );
        }
      }),
    );
  });

  it.each(['R2000', 'R2000p', 'R2oooooooooooooo00', 'R2000pooooooo0ooooooo00', 'R20001'])(
    'is refused for numbers that are none: %s',
    (text) => {
      expect(() => decodeRecord(new TextEncoder().encode(text), 1, 'a')).toThrow('no record');
    },
  );
});
