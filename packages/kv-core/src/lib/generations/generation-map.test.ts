import { describe, expect, it } from 'vitest';
import { GenerationMap } from './generation-map.js';

/** Which of the keys `0` to `count - 1` are held. */
function held(map: GenerationMap<unknown>, count: number): number[] {
  return Array.from({ length: count }, (_, n) => n).filter((n) => map.get(`${n}`) !== undefined);
}

describe('a generation map', () => {
  it('holds what was set last: at least one generation of it, and at most two', () => {
    const map = new GenerationMap<number>({ mostEntries: 3 });
    for (let n = 0; n < 50; n += 1) {
      map.set(`${n}`, n);
      const kept = held(map, n + 1);
      expect(kept).toEqual(Array.from(kept, (_, index) => n + 1 - kept.length + index));
      expect(kept.length).toBeGreaterThanOrEqual(Math.min(n + 1, 3));
      expect(kept.length).toBeLessThanOrEqual(6);
    }
  });

  it('answers what was set last under a key, whichever generation has the older value', () => {
    const map = new GenerationMap<string>({ mostEntries: 2 });
    map.set('a', 'first');
    map.set('b', 'b');
    map.set('a', 'second');
    expect(map.get('a')).toBe('second');
    map.set('c', 'c');
    expect([map.get('a'), map.get('b'), map.get('c')]).toEqual(['second', 'b', 'c']);
  });

  it('forgets a key of both generations', () => {
    const map = new GenerationMap<string>({ mostEntries: 2 });
    map.set('a', 'old');
    map.set('b', 'b');
    map.set('a', 'young');
    map.delete('a');
    expect(map.get('a')).toBeUndefined();
    expect(map.get('b')).toBe('b');
  });

  it('begins a generation when the weight is over its bound, that of new values of a key included', () => {
    const map = new GenerationMap<number>({ mostEntries: 1_000, mostWeight: 10 });
    map.set('0', 0, 6);
    map.set('1', 1, 5);
    expect(held(map, 2)).toEqual([0, 1]);
    map.set('2', 2, 6);
    map.set('2', 3, 6);
    expect(held(map, 3)).toEqual([0, 1, 2]);
    map.set('3', 4, 1);
    expect(held(map, 4)).toEqual([2, 3]);
  });

  it.each([
    { mostEntries: 0 },
    { mostEntries: 1.5 },
    { mostEntries: Number.NaN },
    { mostEntries: 1, mostWeight: 0 },
    { mostEntries: 1, mostWeight: Number.NaN },
  ])('refuses %j', (options) => {
    expect(() => new GenerationMap(options)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});
