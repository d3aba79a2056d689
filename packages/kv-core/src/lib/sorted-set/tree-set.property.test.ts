import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareKeys } from '../driver/compare-keys.js';
import type { SortedChange, SortedOrder } from '../driver/sorted.js';
import { memoryDriver } from '../memory/memory-driver.js';
import { createStore } from '../store/create-store.js';
import { createManualClock } from '../testing/manual-clock.js';
import { portable } from '../testing/portable.js';
import { openSortedSet } from './sorted-set.js';

interface Row {
  member: string;
  score: number;
  seq: number;
  data: string | undefined;
}

/** The sorted set as a plain array. */
class Model {
  rows: Row[] = [];
  #seq = 0;
  constructor(
    readonly order: SortedOrder,
    readonly cap: number | undefined,
  ) {}

  change(change: SortedChange): void {
    const row = this.rows.find(({ member }) => member === change.member);
    if (change.type === 'remove') {
      this.rows = this.rows.filter((other) => other !== row);
      return;
    }
    const sign = this.order.direction === 'ascending' ? 1 : -1;
    const score = change.type === 'increment' ? (row?.score ?? 0) + change.by : change.score;
    if (change.type === 'best' && row && (score - row.score) * sign >= 0) return;
    const next = row ?? { member: change.member, score: NaN, seq: 0, data: undefined };
    if (!row) this.rows.push(next);
    if (next.score !== score) {
      this.#seq += 1;
      next.seq = this.#seq;
    }
    next.score = score === 0 ? 0 : score;
    if (change.data !== undefined) next.data = change.data ?? undefined;
  }

  /** Sorted; what is over the cap is gone. */
  settle(): Row[] {
    const { direction, ties } = this.order;
    const sign = direction === 'ascending' ? 1 : -1;
    this.rows.sort((a, b) => {
      if (a.score !== b.score) return (a.score - b.score) * sign;
      return ties === 'first' ? a.seq - b.seq : compareKeys(a.member, b.member);
    });
    this.rows = this.rows.slice(0, this.cap);
    return this.rows;
  }

  ranked() {
    const rows = this.settle();
    return rows.map(({ member, score, data }, index) => ({
      member,
      score,
      data,
      ordinal: index + 1,
      competition: rows.findIndex((row) => row.score === score) + 1,
      dense: new Set(rows.slice(0, index + 1).map((row) => row.score)).size,
    }));
  }
}

const long = 'x'.repeat(900);
const members = Array.from({ length: 300 }, (_, n) =>
  n % 7 === 0 ? `é${n}:😀\u0000` : n % 5 === 0 ? `${long}${n}` : `m${n}`,
);
const member = fc.constantFrom(...members);
const score = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.double({ noNaN: true, min: -1e9, max: 1e9 }),
  fc.constant(-0),
);
const data = fc.option(fc.oneof(fc.constant(null), fc.constant('d'.repeat(500)), fc.string()), {
  nil: undefined,
});
const change: fc.Arbitrary<SortedChange> = fc.oneof(
  fc.record({ type: fc.constantFrom('set' as const, 'best' as const), member, score, data }),
  fc.record({ type: fc.constant('increment' as const), member, by: score, data }),
  fc.record({ type: fc.constant('remove' as const), member }),
);

describe('a sorted set', () => {
  it('is what a sorted array is, whatever is done to it, and leaves no garbage', async () => {
    const settings = fc.record({
      direction: fc.constantFrom('ascending' as const, 'descending' as const),
      ties: fc.constantFrom('first' as const, 'lexical' as const),
      cap: fc.constantFrom(undefined, undefined, 5, 150),
    });
    const batches = fc.array(fc.array(change, { maxLength: 120 }), { maxLength: 12, size: 'max' });
    await fc.assert(
      fc.asyncProperty(
        settings,
        batches,
        fc.boolean(),
        async ({ cap, ...order }, program, empties) => {
          const clock = createManualClock();
          const store = createStore({ driver: portable(memoryDriver({ clock })) });
          const name = 'any:name';
          const options = { ...order, prefix: 'ss', name, cap, cacheNodes: 3, allowVolatile: true };
          const sets = [openSortedSet(store, options), openSortedSet(store, options)];
          const model = new Model(order, cap);
          for (const [index, changes] of program.entries()) {
            await sets[index % 2]!.change(changes);
            for (const item of changes) model.change(item);
            const expected = model.ranked();
            for (const ranks of ['ordinal', 'competition', 'dense'] as const) {
              const rows = expected.map(({ member, score, data, [ranks]: rank }) => ({
                member,
                score,
                data,
                rank,
              }));
              const all = await sets[1]!.query({ type: 'slice', start: 0, ranks });
              expect(all).toEqual({ total: rows.length, matching: rows.length, entries: rows });
              const some = members.slice(0, 20);
              const found = await sets[1]!.query({ type: 'members', members: some, ranks });
              expect(found.entries).toEqual(
                some.map((name) => rows.find((row) => row.member === name)),
              );
            }
          }
          if (empties)
            await sets[0]!.change(members.map((name) => ({ type: 'remove', member: name })));
          else await sets[0]!.clear();
          await clock.advance(10_000);
          await sets[1]!.change([{ type: 'set', member: 'last', score: 1 }]);
          const keys: string[] = [];
          for await (const key of store.keys()) keys.push(key);
          const kept = keys.filter((key) => key !== 'ss:any:name');
          expect(kept).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);
});
