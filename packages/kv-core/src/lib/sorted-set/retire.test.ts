import { expect, it } from 'vitest';
import type { Driver } from '../driver/driver.js';
import { memoryDriver } from '../memory/memory-driver.js';
import { createStore } from '../store/create-store.js';
import { createManualClock } from '../testing/manual-clock.js';
import { portable } from '../testing/portable.js';
import { openSortedSet } from './sorted-set.js';

it('removes what many commits have retired in one request, and all of it', async () => {
  const clock = createManualClock();
  const driver = portable(memoryDriver({ clock }));
  const deleting: number[] = [];
  const counted: Driver = {
    ...driver,
    // Batches, as a driver with a network does.
    traits: { ...driver.traits, synchronous: undefined },
    write: (writes, call) => {
      const deletes = writes.filter(({ type }) => type === 'delete').length;
      if (deletes > 0) deleting.push(deletes);
      return driver.write(writes, call);
    },
  };
  const store = createStore({ driver: counted });
  const order = { direction: 'descending', ties: 'first' } as const;
  const set = openSortedSet(store, { prefix: 'ss', name: 'board', ...order, allowVolatile: true });
  const keys = async (): Promise<number> => {
    let count = 0;
    for await (const _ of store.keys()) count += 1;
    return count;
  };
  const members = Array.from({ length: 2_000 }, (_, n) => `m${n}`);
  await set.change(members.map((member, score) => ({ type: 'set', member, score })));
  const before = await keys();
  for (let turn = 0; turn < 20; turn += 1) {
    await set.change([{ type: 'set', member: 'm7', score: 5_000 + turn }]);
  }
  expect(deleting).toEqual([]);
  await clock.advance(10_000);
  await set.change([{ type: 'set', member: 'm7', score: 7 }]);
  expect(deleting).toHaveLength(1);
  await clock.advance(10_000);
  await set.change([{ type: 'set', member: 'm7', score: 7.5 }]);
  // What the last commit retired is still to be removed.
  expect(await keys()).toBeLessThanOrEqual(before + 6);
});
