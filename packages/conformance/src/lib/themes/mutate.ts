import type { Change, Store } from '@grovekv/kv-core';
import { equal, ok, rejects } from '../assert/assert.js';
import { put, read, readText, text, utf8 } from '../suite/probe.js';
import type { TestContext } from '../suite/test-context.js';
import type { Theme } from '../suite/theme.js';

interface Log {
  readonly list: readonly number[];
}

/** Random updates of several stores, each noting its number; the notes tell the order they took. */
async function runUpdates(
  { key, random }: TestContext,
  stores: readonly Store[],
  name: string,
): Promise<void> {
  const keys = [key(`${name}1`), key(`${name}2`)];
  const results = await Promise.all(
    Array.from({ length: 80 }, async (_, number) => {
      const k = random.pick(keys);
      const store = random.pick(stores);
      const keeps = random.chance(0.2);
      const before = await store.update<Log, readonly number[]>(k, (current) => {
        const list = current?.list ?? [];
        return keeps
          ? { keep: true, result: list }
          : { put: { list: [...list, number] }, result: list };
      });
      return { k, number, keeps, before };
    }),
  );
  for (const k of keys) {
    const { list = [] } = (await (stores[0] as Store).get<Log>(k)) ?? {};
    const writers = results.filter((result) => result.k === k && !result.keeps);
    equal(
      [...list].sort((a, b) => a - b),
      writers.map(({ number }) => number),
      'each took effect once',
    );
    for (const { number, before, keeps } of results.filter((result) => result.k === k)) {
      const expected = keeps ? list.slice(0, before.length) : list.slice(0, list.indexOf(number));
      equal(before, expected, `what update ${number} saw`);
    }
  }
}

export const mutate: Theme = {
  name: 'mutate',
  tests: [
    {
      name: 'update puts, keeps and deletes',
      async run({ store, portableStore, key }) {
        for (const [way, s] of [
          ['native', store()],
          ['portable', portableStore()],
        ] as const) {
          const k = key(way);
          const decide = (change: Change<unknown, unknown>) => s.update(k, () => change);
          equal(await decide({ keep: true, result: 'kept' }), 'kept', 'keep of nothing');
          equal(await s.has(k), false, 'keep writes nothing');
          equal(await decide({ delete: true, result: 'x' }), 'x', 'delete of nothing');
          equal(await s.has(k), false, 'delete of nothing writes nothing');
          equal(await decide({ put: { n: 1 }, result: 1 }), 1, 'put');
          equal(await s.get(k), { n: 1 }, 'after put');
          const version = (await s.getEntry(k))?.version;
          const seen = await s.update(k, (current) => ({ keep: true, result: current }));
          equal(seen, { n: 1 }, 'what keep saw');
          equal((await s.getEntry(k))?.version, version, 'keep leaves the version');
          equal(await decide({ put: null, result: 2 }), 2, 'put of null');
          const saw = await s.update(k, (current) => ({ delete: true, result: current }));
          equal(saw, null, 'what delete saw');
          equal(await s.has(k), false, 'after delete');
        }
      },
    },
    {
      name: 'a function that throws rejects its own caller only',
      async run({ store, portableStore, key }) {
        for (const [way, s] of [
          ['native', store()],
          ['portable', portableStore()],
        ] as const) {
          const k = key(way);
          const mine = new Error('mine');
          const add = () =>
            s.update<number, number>(k, (n) => ({ put: (n ?? 0) + 1, result: n ?? 0 }));
          const answers = await Promise.allSettled([
            add(),
            s.update(k, () => {
              throw mine;
            }),
            add(),
            s.update(k, () => 'nonsense' as never),
            add(),
          ]);
          const shown = answers.map((answer) =>
            answer.status === 'fulfilled' ? answer.value : 'rejected',
          );
          equal(shown, [0, 'rejected', 1, 'rejected', 2], `${way}: answers`);
          const second = answers[1];
          ok(second?.status === 'rejected' && second.reason === mine, 'with the very error thrown');
          equal(await s.get(k), 3, `${way}: in the end`);
        }
      },
    },
    {
      name: 'concurrent updates of one store are each applied once, with their own result',
      async run({ store, portableStore, key }) {
        for (const [way, s] of [
          ['native', store()],
          ['portable', portableStore()],
        ] as const) {
          const results = await Promise.all(
            Array.from({ length: 200 }, () =>
              s.update<number, number>(key(way), (n) => ({
                put: (n ?? 0) + 1,
                result: (n ?? 0) + 1,
              })),
            ),
          );
          equal(
            results,
            Array.from({ length: 200 }, (_, index) => index + 1),
            `${way}: results`,
          );
          equal(await s.get(key(way)), 200, `${way}: in the end`);
        }
      },
    },
    {
      name: 'random updates from several clients equal a sequence of them',
      async run(context) {
        await runUpdates(context, await context.stores(3), 'native');
      },
    },
    {
      name: 'random updates, native and portable mixed, equal a sequence of them',
      async run(context) {
        const drivers = await context.clients(3);
        const stores = drivers.flatMap((driver) => [
          context.store(driver),
          context.portableStore(driver),
        ]);
        await runUpdates(context, stores, 'mixed');
      },
    },
    {
      name: 'an update that is refused changes nothing',
      async run({ store, key }) {
        const s = store();
        await s.set(key(), 'before');
        const refuse = (
          change: Change<unknown, unknown>,
          code: 'INVALID_VALUE' | 'INVALID_ARGUMENT',
        ) =>
          rejects(() => s.update(key(), () => change), code, JSON.stringify(Object.keys(change)));
        await refuse({ put: undefined, result: 0 }, 'INVALID_VALUE');
        for (const ttlMs of [0, -1, Number.NaN, '5' as never]) {
          await refuse({ put: 'x', ttlMs, result: 0 }, 'INVALID_ARGUMENT');
        }
        equal(await s.get(key()), 'before', 'the value');
      },
    },
    {
      name: 'the driver’s own mutate: puts, deletes, leaves',
      needs: ['mutate'],
      async run({ driver, key, call }) {
        await put(driver, key('a'), 'old', { ttl: 60_000 });
        await put(driver, key('b'), 'old');
        const seen: (string | undefined)[] = [];
        const answers = await driver.mutate?.(
          [
            {
              key: key('a'),
              apply: (current) => {
                seen[0] = text(current?.value);
                const value = utf8('new');
                return { type: 'put', key: key('a'), condition: 'any', value, ttl: 'keep' };
              },
            },
            {
              key: key('b'),
              apply: (current) => {
                seen[1] = text(current?.value);
                return { type: 'delete', key: key('b'), condition: 'any' };
              },
            },
            {
              key: key('c'),
              apply: (current) => {
                seen[2] = text(current?.value);
                return undefined;
              },
            },
          ],
          call,
        );
        equal(answers, [undefined, undefined, undefined], 'answers');
        equal(seen, ['old', 'old', undefined], 'what the functions saw');
        equal(await readText(driver, key('a')), 'new', 'put');
        ok((await read(driver, key('a'), true))?.ttlMs !== undefined, 'the ttl was kept');
        equal(await read(driver, key('b')), undefined, 'deleted');
        equal(await read(driver, key('c')), undefined, 'left');
      },
    },
    {
      name: 'the driver’s own mutate is one transaction',
      needs: ['mutate'],
      async run({ driver, key, client, call }) {
        const drivers = [driver, await client()];
        await Promise.all(
          Array.from({ length: 100 }, (_, index) =>
            drivers[index % 2]?.mutate?.(
              [
                {
                  key: key(),
                  apply: (current) => ({
                    type: 'put',
                    key: key(),
                    condition: 'any',
                    value: utf8(String(Number(text(current?.value) ?? 0) + 1)),
                    ttl: 'none',
                  }),
                },
              ],
              call,
            ),
          ),
        );
        equal(await readText(driver, key()), '100', 'after 100 concurrent additions');
      },
    },
  ],
};
