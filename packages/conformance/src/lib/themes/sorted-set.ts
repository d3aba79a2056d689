import { isKvError, type Store } from '@grovekv/kv-core';
import type { SortedChange, SortedOrder, SortedQuery } from '@grovekv/kv-core/driver';
import { openSortedSet, type SortedSet, type SortedSetOptions } from '@grovekv/kv-core/sorted-set';
import { equal, ok, rejects } from '../assert/assert.js';
import type { Random } from '../random/random.js';
import { put, readText } from '../suite/probe.js';
import type { TestContext } from '../suite/test-context.js';
import type { Theme } from '../suite/theme.js';

const USUAL: SortedOrder = { direction: 'descending', ties: 'first' };
const RANKS = ['ordinal', 'competition', 'dense'] as const;

/** A set of its own for each name. */
function open(
  { key }: TestContext,
  store: Store,
  name: string,
  options: Partial<SortedSetOptions> = {},
): SortedSet {
  return openSortedSet(store, {
    prefix: key('set').replaceAll(':', '.'),
    name,
    allowVolatile: true,
    ...USUAL,
    ...options,
  });
}

function rootOf({ key }: TestContext, name: string): string {
  return `${key('set').replaceAll(':', '.')}:${name}`;
}

function randomScore(random: Random): number {
  const kind = random.int(0, 9);
  if (kind === 0) return random.pick([-0, 0, 1e300, -1e300, 5e-324, Number.MAX_SAFE_INTEGER]);
  if (kind < 3) return (random.next() - 0.5) * 10 ** random.int(-6, 12);
  return random.int(-4, 4);
}

function randomChange(random: Random, members: readonly string[]): SortedChange {
  const member = random.pick(members);
  const data = random.pick([
    undefined,
    undefined,
    null,
    'd',
    '=–"\n',
    random.int(0, 99).toString(),
  ]);
  const kind = random.int(0, 9);
  if (kind === 0) return { type: 'remove', member };
  if (kind < 4) return { type: 'increment', member, by: randomScore(random), data };
  return { type: kind < 6 ? 'best' : 'set', member, score: randomScore(random), data };
}

function randomQuery(random: Random, members: readonly string[]): SortedQuery {
  const ranks = random.pick(RANKS);
  const bounds = {
    best: random.chance(0.3) ? undefined : randomScore(random),
    worst: random.chance(0.3) ? undefined : randomScore(random),
  };
  const end = random.pick([undefined, -1, 3, 10, 99]);
  const queries: SortedQuery[] = [
    { type: 'count', ...bounds },
    {
      type: 'members',
      members: random.shuffle(members).slice(0, random.int(0, 9)),
      ranks: random.pick([...RANKS, 'none'] as const),
    },
    { type: 'slice', start: random.int(-9, 9), end, ranks },
    { type: 'around', member: random.pick(members), each: random.int(0, 4), ranks },
    { type: 'range', ...bounds, offset: random.int(0, 3), limit: random.int(0, 9), ranks },
  ];
  return random.pick(queries);
}

/** Like {@link SortedSet.change}, with errors by their codes. */
async function outcomes(set: SortedSet, changes: readonly SortedChange[]): Promise<unknown[]> {
  const results = await set.change(changes);
  return results.map((result) => (isKvError(result) ? result.code : result));
}

export const sortedSet: Theme = {
  name: 'sorted set',
  tests: [
    {
      name: 'the native form answers as the portable tree does',
      needs: ['sortedSet', 'plain store'],
      async run(context) {
        const { random, store, portableStore } = context;
        const members = Array.from({ length: 24 }, (_, n) =>
          random.pick([`m${n}`, `é${n}:😀\u0000{`, `${n}}`, `${'x'.repeat(500)}${n}`, `${n} \n`]),
        );
        for (const direction of ['ascending', 'descending'] as const) {
          for (const ties of ['first', 'lexical'] as const) {
            for (const cap of [undefined, 7]) {
              const name = `${direction} ${ties} ${cap}`;
              const options = { direction, ties, cap };
              const native = open(context, store(), name, options);
              const tree = open(context, portableStore(), `${name} tree`, options);
              for (let step = 0; step < 12; step += 1) {
                const changes = Array.from({ length: random.int(1, 30) }, () =>
                  randomChange(random, members),
                );
                const expected = await outcomes(tree, changes);
                equal(await outcomes(native, changes), expected, `${name}: changes`);
                for (let n = 0; n < 6; n += 1) {
                  const query = randomQuery(random, members);
                  const what = `${name}: ${JSON.stringify(query)}`;
                  equal(await native.query(query), await tree.query(query), what);
                }
              }
              const all = { type: 'slice', start: 0, ranks: 'dense' } as const;
              equal(await native.query(all), await tree.query(all), `${name}: all`);
              await native.clear();
              equal((await native.query(all)).total, 0, `${name}: cleared`);
            }
          }
        }
      },
    },
    {
      name: 'calls that are not awaited take effect in their order',
      needs: ['sortedSet', 'plain store'],
      async run(context) {
        const set = open(context, context.store(), 'order');
        const score = { type: 'members', members: ['a'], ranks: 'none' } as const;
        const answers: Promise<unknown>[] = [];
        for (let n = 1; n <= 50; n += 1) {
          answers.push(set.change([{ type: 'set', member: 'a', score: n }]));
          answers.push(set.query(score).then(({ entries }) => entries[0]?.score));
        }
        const seen = (await Promise.all(answers)).filter((_, index) => index % 2 === 1);
        equal(
          seen,
          Array.from({ length: 50 }, (_, n) => n + 1),
          'each question sees the changes before it and none after',
        );
      },
    },
    {
      name: 'increments of several clients are exact, and none is answered twice',
      needs: ['sortedSet', 'several clients'],
      async run(context) {
        const sets = (await context.stores(3)).map((store) => open(context, store, 'race'));
        const add = [{ type: 'increment', member: 'a', by: 1 }] as const;
        const results = await Promise.all(
          Array.from({ length: 150 }, (_, n) => sets[n % 3]!.change(add)),
        );
        const scores = results.map(([result]) => (isKvError(result) ? result : result!.score));
        equal(
          scores.sort((a, b) => Number(a) - Number(b)),
          Array.from({ length: 150 }, (_, n) => n + 1),
          'the sums',
        );
      },
    },
    {
      name: 'many at once, one refused alone, and nothing under another order',
      needs: ['sortedSet'],
      async run(context) {
        const set = open(context, context.store(), 'many');
        const changes = Array.from({ length: 5_000 }, (_, n) => ({
          type: 'set' as const,
          member: `m${n}`,
          score: n >> 1,
        }));
        equal((await set.change(changes)).length, 5_000, 'results');
        const page = await set.query({ type: 'slice', start: 0, ranks: 'dense' });
        equal([page.total, page.entries.length], [5_000, 5_000], 'the size');
        ok(
          page.entries.every((entry, index) => entry?.rank === (index >> 1) + 1),
          'the ranks of all',
        );
        const max = { type: 'increment', member: 'a', by: Number.MAX_VALUE } as const;
        const results = await outcomes(set, [max, max, { ...max, member: 'b', by: 1 }]);
        equal(results[1], 'OUT_OF_RANGE', 'beyond the numbers');
        equal(results[2], { score: 1, previous: undefined }, 'the one behind it');
        const other = open(context, context.store(), 'many', { direction: 'ascending' });
        await rejects(() => other.query({ type: 'count' }), 'INVALID_ARGUMENT', 'a question');
        await rejects(() => other.change([max]), 'INVALID_ARGUMENT', 'a change');
      },
    },
    {
      name: 'a set that was begun as a tree is used as a tree',
      needs: ['sortedSet', 'plain store'],
      async run(context) {
        const tree = open(context, context.portableStore(), 'tree');
        await tree.change([{ type: 'set', member: 'a', score: 1 }]);
        const set = open(context, context.store(), 'tree');
        equal(
          await outcomes(set, [{ type: 'increment', member: 'a', by: 2 }]),
          [{ score: 3, previous: 1 }],
          'the change',
        );
        const all = { type: 'slice', start: 0, ranks: 'ordinal' } as const;
        equal(await set.query(all), await tree.query(all), 'both see it');
        await set.clear();
        equal((await tree.query(all)).total, 0, 'cleared for both');
      },
    },
    {
      name: 'a native set is refused to who can only read trees, and foreign bytes stay',
      needs: ['sortedSet', 'plain store'],
      async run(context) {
        const { driver, call } = context;
        const set = open(context, context.store(), 'native');
        const change: SortedChange = { type: 'set', member: 'a', score: 1 };
        await set.change([change]);
        const tree = open(context, context.portableStore(), 'native');
        await rejects(() => tree.change([change]), 'WRONG_TYPE', 'a change of a tree');
        await rejects(() => tree.query({ type: 'count' }), 'WRONG_TYPE', 'a question to a tree');
        equal((await set.query({ type: 'count' })).total, 1, 'the set');

        const key = rootOf(context, 'foreign');
        await put(driver, key, 'bytes');
        const place = { key, aside: `${key}.aside`, order: USUAL, ttl: 'none' } as const;
        for (const request of [
          { set: place, changes: [change] },
          { set: place, changes: 'clear' },
          { set: place, query: { type: 'count' } },
        ] as const) {
          const [answer] = (await driver.sortedSet?.([request], call)) ?? [];
          ok(isKvError(answer, 'WRONG_TYPE'), `${JSON.stringify(request)} is refused`);
        }
        const foreign = open(context, context.store(), 'foreign');
        await rejects(() => foreign.change([change]), 'CORRUPT_VALUE', 'a change of bytes');
        equal(await readText(driver, key), 'bytes', 'the bytes');
      },
    },
    {
      name: 'a set without members leaves the key free',
      needs: ['sortedSet', 'plain store'],
      async run(context) {
        const set = open(context, context.store(), 'empty');
        await set.change([{ type: 'set', member: 'a', score: 1, data: 'x' }]);
        await set.change([{ type: 'remove', member: 'a' }]);
        equal(await context.store().has(rootOf(context, 'empty')), false, 'the key');
        await set.change([{ type: 'set', member: 'a', score: 2 }]);
        const { entries } = await set.query({ type: 'members', members: ['a'], ranks: 'ordinal' });
        equal(entries, [{ member: 'a', score: 2, data: undefined, rank: 1 }], 'no data came back');
      },
    },
    {
      name: 'it expires as a whole',
      needs: ['sortedSet'],
      async run(context) {
        const store = context.store();
        const expiresAt = store.clock.now() + 1_000;
        const set = open(context, store, 'expires', { expiresAt });
        await set.change([{ type: 'set', member: 'a', score: 1, data: 'x' }]);
        equal((await set.query({ type: 'count' })).total, 1, 'before');
        await context.pass(1_000 + context.lateMs);
        equal((await set.query({ type: 'count' })).total, 0, 'after');
      },
    },
  ],
};
