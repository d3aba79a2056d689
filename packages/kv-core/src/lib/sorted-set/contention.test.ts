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
