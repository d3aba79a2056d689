import { createStore } from '@grovekv/kv-core';
import { memoryDriver } from '@grovekv/kv-core/memory';
import { createManualClock } from '@grovekv/kv-core/testing';
import { describe, expect, it } from 'vitest';
import { createPeriodCounter, type PeriodCounterOptions } from './period-counter.js';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.UTC(2026, 1, 28, 22, 30);

function make(options: PeriodCounterOptions) {
  const clock = createManualClock(START);
  const store = createStore({ driver: memoryDriver({ clock }) });
  return { clock, store, counter: createPeriodCounter(store, 'signups', options) };
}

describe('a period counter', () => {
  it('counts by UTC day', async () => {
    const { clock, counter } = make({ period: 'day', keep: 7 });
    const today = Date.UTC(2026, 1, 28);
    expect(await counter.add(2)).toEqual({ value: 2, applied: true, start: today });
    await clock.advance(1.5 * HOUR - 1);
    expect(await counter.add()).toEqual({ value: 3, applied: true, start: today });
    await clock.advance(1);
    expect(await counter.add()).toEqual({ value: 1, applied: true, start: Date.UTC(2026, 2, 1) });
    expect(await counter.last(3)).toEqual([
      { start: Date.UTC(2026, 1, 27), value: 0 },
      { start: today, value: 3 },
      { start: Date.UTC(2026, 2, 1), value: 1 },
    ]);
  });

  it('keeps the periods it promises, and no key for ever', async () => {
    const { clock, store, counter } = make({ period: 'hour', keep: 3 });
    await counter.add(1);
    await clock.advance(HOUR);
    await counter.add(2);
    await clock.advance(1.5 * HOUR - 1);
    await counter.add(3);
    expect((await counter.last()).map(({ value }) => value)).toEqual([1, 2, 3]);
    await clock.advance(10 * HOUR);
    const keys: string[] = [];
    for await (const key of store.keys()) keys.push(key);
    expect(keys).toEqual([]);
    expect((await counter.last()).map(({ value }) => value)).toEqual([0, 0, 0]);
  });

  it('reads a range by its overlap', async () => {
    const { clock, counter } = make({ period: 'hour', keep: 24 });
    await counter.add(1);
    await clock.advance(HOUR);
    await counter.add(2);
    const ten = Date.UTC(2026, 1, 28, 22);
    const all = [
      { start: ten, value: 1 },
      { start: ten + HOUR, value: 2 },
    ];
    expect(await counter.range(ten, ten + 2 * HOUR)).toEqual(all);
    expect(await counter.range(new Date(ten + HOUR - 1), ten + HOUR + 1)).toEqual(all);
    expect(await counter.range(ten, ten + HOUR)).toEqual(all.slice(0, 1));
    expect(await counter.range(ten, ten)).toEqual([]);
    expect(await counter.range(ten + 1, ten + 1)).toEqual([]);
  });

  it('bounds a period, and starts the next one at 0', async () => {
    const { clock, counter } = make({ period: 1000, keep: 1 });
    const results = await Promise.all(Array.from({ length: 5 }, () => counter.add(1, { max: 3 })));
    expect(results.filter(({ applied }) => applied)).toHaveLength(3);
    await clock.advance(1000);
    expect(await counter.add(1, { max: 3 })).toMatchObject({ value: 1, applied: true });
  });

  it('keeps different lengths of one name apart', async () => {
    const { store, counter } = make({ period: 'hour', keep: 1 });
    const days = createPeriodCounter(store, 'signups', { period: DAY, keep: 1 });
    await counter.add(1);
    await days.add(5);
    expect(await counter.last()).toMatchObject([{ value: 1 }]);
    expect(await days.last()).toMatchObject([{ value: 5 }]);
  });

  it.each([
    { period: 'month', keep: 1 },
    { period: 'toString', keep: 1 },
    { period: 0, keep: 1 },
    { period: 0.5, keep: 1 },
    { period: 'day', keep: 0 },
    { period: 'day', keep: 10_001 },
    { period: 2 ** 50, keep: 10_000 },
    { period: null, keep: 1 },
  ])('refuses %j', (options) => {
    expect(() => make(options as PeriodCounterOptions)).toThrowError(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });

  it('refuses what it cannot read back', async () => {
    const { counter } = make({ period: 'hour', keep: 3 });
    const refused = { code: 'INVALID_ARGUMENT' };
    await expect(counter.last(4)).rejects.toMatchObject(refused);
    await expect(counter.range(0, NaN)).rejects.toMatchObject(refused);
    await expect(counter.range(10, 5)).rejects.toMatchObject(refused);
    await expect(counter.range(0, START)).rejects.toMatchObject(refused);
    await expect(counter.range(new Date('x'), 5)).rejects.toMatchObject(refused);
    await expect(counter.add(1, { opId: 'a' } as object)).rejects.toMatchObject(refused);
  });
});
