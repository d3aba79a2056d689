import { setTimeout as sleep } from 'node:timers/promises';
import { type Driver, isKvError } from '@grovekv/kv-core/driver';
import { expect } from 'vitest';
import { grace, one, unbounded } from './probe.js';

/** How the additions of a load have ended. */
export interface Book {
  acked: number;
  /** They may have happened. */
  inDoubt: number;
  /** They have not. */
  failed: number;
  /** Refused for contention: they have not happened either. */
  lost: number;
  /** Values that were given to two callers. */
  twice: number;
  slowest: number;
}

/**
 * Adds 1 to a counter from several callers until told to stop, and keeps the books. `add` answers the
 * counter's new value, and must settle within `timeoutMs`. Only where it swaps may it fail for contention.
 */
export function load(
  add: readonly (() => Promise<number>)[],
  timeoutMs: number,
  { mayContend = false } = {},
) {
  const book: Book = { acked: 0, inDoubt: 0, failed: 0, lost: 0, twice: 0, slowest: 0 };
  const values = new Set<number>();
  const wrong: unknown[] = [];
  let running = true;
  const accept = (value: number): void => {
    if (values.has(value)) book.twice += 1;
    values.add(value);
    book.acked += 1;
  };
  const refuse = (error: unknown): void => {
    if (!isKvError(error)) wrong.push(error);
    else if (mayContend && error.code === 'CONTENTION') book.lost += 1;
    else if (error.code !== 'UNAVAILABLE' && error.code !== 'TIMEOUT') wrong.push(error);
    else if (error.outcome === 'unknown') book.inDoubt += 1;
    else book.failed += 1;
  };
  const caller = async (addOne: () => Promise<number>): Promise<void> => {
    while (running) {
      const began = performance.now();
      const result = await addOne().catch((error: unknown) => ({ error }));
      book.slowest = Math.max(book.slowest, performance.now() - began);
      if (typeof result === 'number') accept(result);
      else {
        refuse(result.error);
        await sleep(1);
      }
    }
  };
  const done = Promise.all(add.map(caller));
  return {
    book,
    async stop(): Promise<Book> {
      running = false;
      await done;
      expect(wrong).toEqual([]);
      expect(book.slowest).toBeLessThan(timeoutMs + grace());
      return book;
    },
  };
}

/** A load of several callers on one counter, by the driver's own increments. */
export function loadIncrements(driver: Driver, key: string, callers: number, timeoutMs: number) {
  const item = { key, by: 1, ...unbounded };
  const increment = async (): Promise<number> =>
    one(await driver.increment!([item], { timeoutMs })).value;
  return load(
    Array.from({ length: callers }, () => increment),
    timeoutMs,
  );
}

/** What a counter must be after a load: every acknowledged addition, and of those in doubt any number. */
export function expectCount(final: number, { acked, inDoubt, twice }: Book): void {
  expect(twice).toBe(0);
  expect(final).toBeGreaterThanOrEqual(acked);
  expect(final).toBeLessThanOrEqual(acked + inDoubt);
}
