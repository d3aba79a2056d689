import { describe, expect, it } from 'vitest';
import { dueRange, readRow, recordName, recordRange, rowName } from './layout.js';

function inRange(name: string, { gte, gt, lt }: { gte?: string; gt?: string; lt: string }) {
  const order = (left: string, right: string) =>
    Buffer.compare(Buffer.from(left), Buffer.from(right));
  const start = gt === undefined ? order(name, gte!) >= 0 : order(name, gt) > 0;
  return start && order(name, lt) < 0;
}

describe('the range of a prefix', () => {
  const last = '\u{10ffff}';
  const keys = [
    'a',
    'a\ud7ff',
    'a\ue000',
    `a${last}`,
    `a${last}${last}`,
    'b',
    last,
    `${last}a`,
    '!',
  ];

  it.each(['', 'a', 'a\ud7ff', `a${last}`, last, `${last}${last}`])(
    '%j holds what begins so',
    (prefix) => {
      for (const key of keys) {
        const expected = key.startsWith(prefix);
        expect(inRange(recordName(key), recordRange(prefix, undefined)), key).toBe(expected);
      }
    },
  );

  it('goes on after a cursor and holds no row of the expiry index', () => {
    expect(inRange(recordName('a'), recordRange('', 'a'))).toBe(false);
    expect(inRange(recordName('a\0'), recordRange('', 'a'))).toBe(true);
    expect(inRange(rowName(1, 'a'), recordRange('', undefined))).toBe(false);
  });
});

describe('rows of the expiry index', () => {
  it.each([1, 1_999, Date.UTC(2026, 0, 1), Number.MAX_SAFE_INTEGER])(
    '%i is due from then on',
    (at) => {
      const name = rowName(at, '5k');
      expect(readRow(name)).toEqual({ expiresAt: at, key: '5k' });
      expect(inRange(name, dueRange(at - 1))).toBe(false);
      expect(inRange(name, dueRange(at - 0.5))).toBe(false);
      if (at < Number.MAX_SAFE_INTEGER) expect(inRange(name, dueRange(at + 0.5))).toBe(true);
      expect(inRange(name, dueRange(at))).toBe(true);
      expect(inRange(recordName('a'), dueRange(at))).toBe(false);
    },
  );
});
