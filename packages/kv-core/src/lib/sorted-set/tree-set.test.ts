import { expect, it } from 'vitest';
import type { Driver } from '../driver/driver.js';
import { KvError } from '../errors/kv-error.js';
import { memoryDriver } from '../memory/memory-driver.js';
import { createStore } from '../store/create-store.js';
import { createManualClock } from '../testing/manual-clock.js';
import { portable } from '../testing/portable.js';
import { openSortedSet, type SortedSetOptions } from './sorted-set.js';
import { TreeSet } from './tree-set.js';

const ROOT = 'ss:board';
const OPTIONS: SortedSetOptions = {
  prefix: 'ss',
  name: 'board',
  direction: 'descending',
  ties: 'first',
  allowVolatile: true,
};
const entries = (count: number, score = (n: number) => n) =>
  Array.from({ length: count }, (_, n) => ({
    type: 'set' as const,
    member: `m${n}`,
    score: score(n),
  }));

function make() {
  const clock = createManualClock();
  const driver: Driver = portable(memoryDriver({ clock }));
  const store = createStore({ driver });
  const open = (options: Partial<SortedSetOptions> = {}) =>
    new TreeSet(store.raw, { ...OPTIONS, cacheNodes: 0, ...options });
  const keys = async (): Promise<string[]> => {
    const found: string[] = [];
    for await (const key of store.keys()) found.push(key);
    return found;
  };
  return { clock, driver, store, open, keys };
}

it('refuses a volatile driver unless it is allowed, and says why', () => {
  const { store } = make();
  expect(() => openSortedSet(store, { ...OPTIONS, allowVolatile: false })).toThrow(
    expect.objectContaining({
      code: 'NOT_SUPPORTED',
      message: expect.stringMatching(/drop any key/),
    }),
  );
});

it('gives a member that is removed and set in one commit none of its old data', async () => {
  for (const ties of ['first', 'lexical'] as const) {
    const set = make().open({ ties });
    await set.change([{ type: 'set', member: 'a', score: 1, data: 'old' }]);
    await set.change([
      { type: 'remove', member: 'a' },
      { type: 'set', member: 'a', score: 1 },
    ]);
    const [entry] = await set.read((snapshot) => snapshot.slice(0, 1));
    expect(entry).toMatchObject({ member: 'a', score: 1 });
    expect(entry?.data).toBeUndefined();
  }
});

it('rewrites a path for an update, not the board', async () => {
  const { open, store, keys } = make();
  const set = open();
  await set.change(entries(20_000));
  const before = new Set(await keys());
  await set.change([{ type: 'set', member: 'm777', score: 19_500.5 }]);
  const fresh = (await keys()).filter((key) => !before.has(key));
  expect(before.size).toBeGreaterThan(200);
  // Two paths in the tree of places, one in the tree of members.
  expect(fresh.length).toBeLessThanOrEqual(9);
  for (const key of await keys()) {
    expect((await store.raw.get(key))!.length, key).toBeLessThan(key === ROOT ? 32_768 : 16_384);
  }
});

it('a reader of an old root is not disturbed by commits, and after the grace starts over', async () => {
  const { open, clock } = make();
  const [reader, writer] = [open(), open()];
  await writer.change(entries(3_000));
  let runs = 0;
  let isKept = false;
  const sum = await reader.read(async (snapshot) => {
    runs += 1;
    const first = await snapshot.slice(0, 1_000);
    await writer.change(entries(3_000, (n) => -n));
    await writer.change(entries(1, () => 7));
    // Within the grace the old state is still there.
    const second = await snapshot.slice(1_000, 3_000);
    if (runs === 1) isKept = true;
    if (runs > 1) return [...first, ...second].map(({ score }) => score);
    expect(new Set([...first, ...second].map(({ member }) => member)).size).toBe(3_000);
    expect(second[0]!.score).toBe(1_999);
    await clock.advance(10_000);
    await writer.change(entries(1, () => 5));
    await snapshot.slice(0, 3_000);
    throw new Error('the old nodes are still there');
  });
  expect(isKept).toBe(true);
  expect(runs).toBe(2);
  expect(sum).toHaveLength(3_000);
  expect(sum.every((score, index) => index === 0 || sum[index - 1]! >= score)).toBe(true);
});

it('a crash between the nodes and the swap damages nothing; a sweep removes what is left', async () => {
  const { open, clock, store, keys } = make();
  const set = open();
  await set.change(entries(2_000));
  const root = await store.raw.get(ROOT);
  const before = (await keys()).length;
  await set.change(entries(50, (n) => n + 5_000));
  // As if the process had died before it swapped the root.
  await store.raw.set(ROOT, root!);
  const other = open();
  expect(await other.read(async (snapshot) => snapshot.scores(['m0', 'm1999']))).toEqual([
    0, 1_999,
  ]);
  const garbage = (await keys()).length - before;
  expect(garbage).toBeGreaterThan(0);
  expect(garbage).toBeLessThanOrEqual(60);
  expect(await other.sweep(3_600_000)).toBe(0);
  await clock.advance(3_601_000);
  expect(await other.sweep(3_600_000)).toBe(garbage);
  expect((await keys()).length).toBe(before);
  await other.read(async (snapshot) => {
    expect(await snapshot.slice(0, 2_000)).toHaveLength(2_000);
  });
});

it('says when a record is lost, gives no wrong answer, and clear starts anew', async () => {
  const { open, store, keys } = make();
  const set = open();
  await set.change(entries(3_000));
  const nodes = (await keys()).filter((key) => key !== ROOT);
  await store.deleteMany(nodes);
  const lost = { code: 'CORRUPT_VALUE' };
  await expect(set.read((snapshot) => snapshot.slice(0, 10))).rejects.toMatchObject(lost);
  await expect(set.change(entries(1, () => 7))).rejects.toMatchObject(lost);
  await set.clear();
  await set.change(entries(1, () => 7));
  expect(await set.read((snapshot) => snapshot.scores(['m0', 'm1']))).toEqual([7, undefined]);
});

it('refuses foreign bytes and another order', async () => {
  const { open, store } = make();
  await open().change(entries(3));
  const refused = { code: 'INVALID_ARGUMENT', message: expect.stringMatching(/stored descending/) };
  const other = open({ direction: 'ascending' });
  await expect(other.read(async ({ count }) => count)).rejects.toMatchObject(refused);
  await expect(other.change(entries(1))).rejects.toMatchObject(refused);
  for (const text of ['', 'x', 'R1', 'R1a\n{}', 'R1a\nnull', 'R1a\n[', 'N1{}']) {
    await store.raw.set(ROOT, new TextEncoder().encode(text));
    const read = open().read(async ({ count }) => count);
    await expect(read, text).rejects.toMatchObject({ code: 'CORRUPT_VALUE' });
  }
});

it('folds the changes that wait into one commit, in their order', async () => {
  const { open, store } = make();
  const set = open();
  await set.change([{ type: 'set', member: 'a', score: 0 }]);
  const serial = async () =>
    JSON.parse(new TextDecoder().decode(await store.raw.get(ROOT)).split('\n')[1]!).n;
  const before = await serial();
  const results = await Promise.all(
    Array.from({ length: 64 }, () => set.change([{ type: 'increment', member: 'a', by: 1 }])),
  );
  expect(results.map(([result]) => (result as { score: number }).score)).toEqual(
    Array.from({ length: 64 }, (_, n) => n + 1),
  );
  expect(await serial()).toBe(before + 1);
});

it('an increment that is refused leaves the others of its commit alone', async () => {
  const { open } = make();
  const set = open();
  const huge = { type: 'increment' as const, member: 'a', by: Number.MAX_VALUE };
  const [first, second, third] = await set.change([huge, huge, { ...huge, member: 'b', by: 1 }]);
  expect(first).toMatchObject({ score: Number.MAX_VALUE });
  expect(second).toBeInstanceOf(KvError);
  expect(third).toMatchObject({ score: 1 });
});

it('a member that is removed and comes back in one commit has lost its data', async () => {
  const set = make().open();
  await set.change([{ type: 'set', member: 'a', score: 1, data: 'old' }]);
  await set.change([
    { type: 'remove', member: 'a' },
    { type: 'set', member: 'a', score: 1 },
  ]);
  const { entries } = await set.query({ type: 'members', members: ['a'], ranks: 'ordinal' });
  expect(entries).toEqual([{ member: 'a', score: 1, data: undefined, rank: 1 }]);
});

it('settles a swap whose reply was lost: it counts once', async () => {
  const clock = createManualClock();
  const inner = portable(memoryDriver({ clock }));
  let losing = 0;
  const driver: Driver = {
    ...inner,
    get: (keys, call) => inner.get(keys, call),
    write: async (writes, call) => {
      const results = await inner.write(writes, call);
      if (losing === 0 || !writes.some(({ key }) => key === ROOT)) return results;
      losing -= 1;
      throw new KvError('UNAVAILABLE', 'the reply was lost', { outcome: 'unknown' });
    },
  };
  const set = new TreeSet(createStore({ driver }).raw, OPTIONS);
  await set.change(entries(1_000, () => 0));
  losing = 1;
  const [result] = await set.change([{ type: 'increment', member: 'm5', by: 1 }]);
  expect(result).toEqual({ score: 1, previous: 0 });
  expect(losing).toBe(0);
  expect(await set.read((snapshot) => snapshot.scores(['m5']))).toEqual([1]);
});

it('expires as a whole, nodes after the root', async () => {
  const { open, clock, keys } = make();
  const set = open({ expiresAt: clock.now() + 60_000 });
  await set.change(entries(2_000));
  await clock.advance(59_000);
  expect(await set.read(async ({ count }) => count)).toBe(2_000);
  await clock.advance(1_000);
  expect(await set.read(async ({ count }) => count)).toBe(0);
  await clock.advance(10_000);
  expect(await keys()).toEqual([]);
});

it.each(['first', 'lexical'] as const)(
  'data goes with its member, also if the member comes back in the same commit (ties %s)',
  async (ties) => {
    const { open } = make();
    const set = open({ ties });
    const dataOf = (): Promise<unknown> =>
      set.read(async (snapshot) => (await snapshot.rank(['ada']))[0]?.data);
    const ada = { member: 'ada', score: 5 } as const;
    await set.change([{ type: 'set', ...ada, data: 'secret' }]);
    await Promise.all([
      set.change([{ type: 'remove', member: 'ada' }]),
      set.change([{ type: 'set', ...ada }]),
    ]);
    expect(await dataOf()).toBeUndefined();
    await set.change([{ type: 'set', ...ada, data: 'new' }]);
    await set.change([
      { type: 'remove', member: 'ada' },
      { type: 'increment', member: 'ada', by: 5 },
    ]);
    expect(await dataOf()).toBeUndefined();
    await set.change([
      { type: 'remove', member: 'ada' },
      { type: 'best', ...ada, data: 'last' },
    ]);
    expect(await dataOf()).toBe('last');
    await set.change([{ type: 'set', ...ada }]);
    expect(await dataOf()).toBe('last');
  },
);
