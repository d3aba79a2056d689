import { openStore, tell } from '../../../../tests/support/child-store.js';
import { createCounter, createIdAllocator } from '../../src/index.js';

/** Adds and takes ids together with its sisters, and tells what it got. */
const { store, args } = openStore();
const counter = createCounter(store, 'processes');
const ids = createIdAllocator(store, 'processes', { block: 16 });
const values: number[] = [];
const taken: number[] = [];
for (let round = 0; round < Number(args[0]); round += 1) {
  const results = await Promise.all([counter.add(), counter.add(), counter.add()]);
  values.push(...results.map(({ value }) => value));
  taken.push(await ids.next());
}
tell({ values, taken });
await store.close();
