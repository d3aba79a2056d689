import { expect, it } from 'vitest';
import type { Driver } from '../driver/driver.js';
import { memoryDriver } from '../memory/memory-driver.js';
import { createStore } from '../store/create-store.js';
import { portable } from '../testing/portable.js';
import { openSortedSet, type SortedSet } from './sorted-set.js';

/** Sets of as many processes on one database. */
function processes(count: number, driver: Driver = portable(memoryDriver())): SortedSet[] {
  return Array.from({ length: count }, () =>
    openSortedSet(createStore({ driver }), {
      prefix: 'ss',
      name: 'board',
      direction: 'descending',
      ties: 'first',
      allowVolatile: true,
    }),
  );
}

const add = { type: 'increment', member: 'ada', by: 1 } as const;

it.each([1, 31, 33, 40, 100])(
  'a process that has not looked for %i commits of others is not in doubt',
  async (commits) => {
    const [idle, busy] = processes(2) as [SortedSet, SortedSet];
    await idle.change([add]);
    for (let commit = 0; commit < commits; commit += 1) await busy.change([add]);
    expect(await idle.change([add])).toEqual([{ score: commits + 2, previous: commits + 1 }]);
  },
);

it('nor one whose board has been emptied and expired meanwhile', async () => {
  const driver = portable(memoryDriver());
  const [idle] = processes(1, driver) as [SortedSet];
  for (let commit = 0; commit < 3; commit += 1) await idle.change([add]);
  await createStore({ driver }).delete('ss:board');
  expect(await idle.change([add])).toEqual([{ score: 1, previous: undefined }]);
});

/** The same driver, some milliseconds away. */
function distant(driver: Driver): Driver {
  const travel = (): Promise<void> =>
    new Promise((resolve) => setTimeout(resolve, 1 + Math.random() * 3));
  return {
    ...driver,
    traits: { ...driver.traits, synchronous: [] },
    async get(keys, call) {
      await travel();
      return driver.get(keys, call);
    },
    async write(writes, call) {
      await travel();
      return driver.write(writes, call);
    },
  };
}

it('bulk loads get through beside each other and beside a process that commits all the time', async () => {
  const sets = processes(3, distant(portable(memoryDriver())));
  const [one, two, busy] = sets as [SortedSet, SortedSet, SortedSet];
  let isLoading = true;
  let counted = 0;
  const count = async (): Promise<void> => {
    while (isLoading) {
      await busy.change([add]);
      counted += 1;
    }
  };
  const load = (set: SortedSet, name: string): Promise<unknown> =>
    set.change(
      Array.from({ length: 800 }, (_, n) => ({
        type: 'set',
        member: `${name}${n}`,
        score: (n * 7919) % 500,
      })),
    );
  const counting = count();
  await Promise.all([load(one, 'one'), load(two, 'two')]);
  isLoading = false;
  await counting;
  const { total, entries } = await two.query({ type: 'members', members: ['ada'], ranks: 'none' });
  expect([total, entries[0]?.score]).toEqual([1_601, counted]);
});

/** The same driver; `after` runs when it has read or written the root, before the caller is told. */
function watched(driver: Driver, after: (conflict: boolean) => Promise<void>): Driver {
  return {
    ...driver,
    traits: { ...driver.traits, synchronous: [] },
    async get(keys, call) {
      const entries = await driver.get(keys, call);
      if (keys.includes('ss:board')) await after(false);
      return entries;
    },
    async write(writes, call) {
      const results = await driver.write(writes, call);
      if (writes.some(({ key }) => key === 'ss:board')) {
        await after(results.some((result) => 'applied' in result && !result.applied));
      }
      return results;
    },
  };
}

it('who changes nothing is answered, however fast others commit', async () => {
  const driver = portable(memoryDriver());
  const [busy] = processes(1, driver) as [SortedSet];
  let commits = 0;
  const [other] = processes(
    1,
    watched(driver, async () => {
      if (commits < 200) await busy.change([add]);
      commits += 1;
    }),
  ) as [SortedSet];
  await busy.change([{ type: 'set', member: 'bob', score: 9 }]);
  const lower = { type: 'best', member: 'bob', score: 3 } as const;
  expect(await other.change([lower])).toEqual([{ score: 9, previous: 9 }]);
  expect(await other.change([lower])).toEqual([{ score: 9, previous: 9 }]);
  expect(commits).toBeLessThan(10);
});

it('who has lost a race and waited starts from what is there then', async () => {
  const driver = portable(memoryDriver());
  const [busy] = processes(1, driver) as [SortedSet];
  let lost = 0;
  const [other] = processes(
    1,
    watched(driver, async (conflict) => {
      if (!conflict) return;
      lost += 1;
      // Somebody commits while the loser waits.
      setTimeout(() => void busy.change([add]), 0);
    }),
  ) as [SortedSet];
  await other.change([add]);
  await busy.change([add]);
  await other.change([{ type: 'set', member: 'bob', score: 9 }]);
  expect(lost).toBeLessThan(5);
});

it('a record that is lost is told of, though others commit all the time', async () => {
  const driver = portable(memoryDriver());
  const [busy] = processes(1, driver) as [SortedSet];
  const members = Array.from({ length: 2_000 }, (_, n) => `m${n}`);
  await busy.change(members.map((member, score) => ({ type: 'set', member, score })));
  const store = createStore({ driver });
  const nodes: string[] = [];
  for await (const key of store.keys()) {
    const bytes = await store.raw.get(key);
    if (new TextDecoder().decode(bytes).includes('"m1000"') && key !== 'ss:board') nodes.push(key);
  }
  let commits = 0;
  const others = watched(driver, async () => {
    commits += 1;
    if (commits < 300) await busy.change([{ type: 'increment', member: 'm1', by: 0.25 }]);
  });
  const [reader] = processes(1, others) as [SortedSet];
  await store.deleteMany(nodes);
  const ask = reader.query({ type: 'members', members: ['m1000'], ranks: 'ordinal' });
  await expect(ask).rejects.toMatchObject({ code: 'CORRUPT_VALUE' });
  const change = reader.change([{ type: 'increment', member: 'm1000', by: 1 }]);
  await expect(change).rejects.toMatchObject({ code: 'CORRUPT_VALUE' });
  expect(commits).toBeLessThan(30);
});
