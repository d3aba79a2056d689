import { describe, expect, it } from 'vitest';
import { Signature } from './signature.js';

/** What a record keeps after so many changes by others, each written by itself. */
async function after(writes: string, count: number): Promise<string> {
  let kept = writes;
  for (let turn = 0; turn < count; turn += 1) {
    await undefined;
    kept = new Signature().sign(kept);
  }
  return kept;
}

describe('a signature', () => {
  it('is found in what it has signed, and in what was written on top', async () => {
    const [mine, other] = [new Signature(), new Signature()];
    expect(mine.isIn('')).toBe(false);
    const kept = await after(mine.sign(''), 3);
    other.sign('');
    expect(mine.isIn(kept)).toBe(true);
    expect(other.isIn(kept)).toBe(false);
  });

  it('of many folded into one write are all found after others', async () => {
    const all = Array.from({ length: 100 }, () => new Signature());
    let kept = '';
    for (const one of all) kept = one.sign(kept);
    kept = await after(kept, 3);
    expect(all.every((one) => one.isIn(kept))).toBe(true);
    expect(kept.split(',')).toHaveLength(4);
  });

  it('is never taken for another that was signed in the same turn, nor for its own lost attempt', () => {
    const [mine, theirs] = [new Signature(), new Signature()];
    mine.sign('');
    const kept = theirs.sign('');
    expect(mine.isIn(kept)).toBe(false);
    expect(mine.isIn(mine.sign(kept))).toBe(true);
  });

  it('knows when it cannot tell', async () => {
    const before = await after('', 4);
    const lost = new Signature();
    lost.sign(before);
    expect(lost.mayBeForgotten(before)).toBe(false);
    expect(lost.mayBeForgotten(await after(before, 3))).toBe(false);
    expect(lost.mayBeForgotten(await after(before, 4))).toBe(true);
    const made = new Signature();
    expect(made.mayBeForgotten(await after(made.sign(before), 3))).toBe(false);
    expect(made.mayBeForgotten(await after(made.sign(before), 4))).toBe(true);
    const first = new Signature();
    first.sign('');
    expect(first.mayBeForgotten(await after('', 3))).toBe(false);
    expect(first.mayBeForgotten(await after('', 4))).toBe(true);
  });

  it('keeps a record from growing without end', () => {
    let kept = '';
    for (let turn = 0; turn < 5_000; turn += 1) kept = new Signature().sign(kept);
    expect(kept.split(',')).toHaveLength(4);
    expect(kept.length).toBeLessThan(20_000);
  });
});
