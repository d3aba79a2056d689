import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareKeys } from './compare-keys.js';

describe('compareKeys', () => {
  it('is the order of the UTF-8 bytes', () => {
    const unit = fc.oneof(
      fc.constantFrom('\0', 'a', '\x7f', '\x80', '\u07ff', '\u0800', '\ud7ff', '\ue000', '\uffff'),
      fc.constantFrom('\u{10000}', '\u{103ff}', '\u{10400}', '\u{10ffff}', '😀'),
      fc
        .string({ unit: 'binary', minLength: 1, maxLength: 1 })
        .filter((text) => text.isWellFormed()),
    );
    const key = fc.array(unit, { maxLength: 5 }).map((units) => units.join(''));
    fc.assert(
      fc.property(key, key, (a, b) => {
        const bytes = Buffer.compare(Buffer.from(a), Buffer.from(b));
        expect(Math.sign(compareKeys(a, b))).toBe(bytes);
        expect(Math.sign(compareKeys(b, a))).toBe(0 - bytes);
        expect(compareKeys(a, a)).toBe(0);
      }),
      { numRuns: 5_000 },
    );
  });
});
