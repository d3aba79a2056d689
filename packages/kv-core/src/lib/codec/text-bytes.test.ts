import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../../tests/support/seeded-random.js';
import { decodeText, encodeText } from './text-bytes.js';

const ALPHABET = ['a', 'é', '€', '😀', '\0', '"'];

describe('encodeText', () => {
  it('never writes into what it has given out, over any number of slabs', () => {
    const random = createRandom(42);
    const given: { bytes: Uint8Array; expected: Buffer }[] = [];
    for (let round = 0; round < 5_000; round += 1) {
      const length = Math.floor(random() ** 4 * 600);
      let value = '';
      for (let at = 0; at < length; at += 1)
        value += ALPHABET[Math.floor(random() * ALPHABET.length)];
      given.push({ bytes: encodeText(value), expected: Buffer.from(value) });
    }
    for (const { bytes, expected } of given) expect(expected.equals(bytes)).toBe(true);
  });

  it('fills a slab to its last byte', () => {
    for (const length of [0, 1, 340, 341, 342, 1_023, 1_024, 1_025, 4_096, 5_000]) {
      for (const unit of ['x', '€']) {
        const values = Array.from({ length: 15 }, (_, index) => `${unit.repeat(length)}${index}`);
        const stored = values.map(encodeText);
        expect(stored.map(decodeText)).toEqual(values);
        for (const [index, bytes] of stored.entries()) {
          expect(bytes.byteLength).toBe(Buffer.byteLength(values[index]!));
        }
      }
    }
  });

  it('holds little more than it must: short texts share a buffer of 4 KiB at most', () => {
    for (const value of ['', 'short', 'x'.repeat(300), 'x'.repeat(1_000)]) {
      expect(encodeText(value).buffer.byteLength).toBeLessThanOrEqual(4_096);
    }
    expect(encodeText('x'.repeat(10_000)).buffer.byteLength).toBeLessThan(40_000);
  });
});

describe('decodeText', () => {
  it('takes nothing but UTF-8, and keeps a byte order mark', () => {
    expect(decodeText(encodeText('\ufeffa'))).toBe('\ufeffa');
    for (const bad of [
      [0xff],
      [0xc0, 0x80],
      [0xed, 0xa0, 0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0xe2, 0x82],
    ]) {
      expect(() => decodeText(Uint8Array.from(bad))).toThrow('not UTF-8');
    }
  });
});
