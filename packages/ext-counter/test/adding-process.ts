import { createStore } from '@grovekv/kv-core';
import { createCounter, createIdAllocator } from '../src/index.js';
import { openDriver } from './open-driver.js';

const [address = '', namespace = '', times = '0'] = process.argv.slice(2);

await using store = createStore({ driver: openDriver(address) });
const space = store.namespace(namespace);
const counter = createCounter(space, 'processes');
const ids = createIdAllocator(space, 'processes', { block: 16 });
const values: number[] = [];
const taken: number[] = [];
for (let round = 0; round < Number(times); round += 1) {
  const results = await Promise.all([counter.add(), counter.add(), counter.add()]);
  values.push(...results.map(({ value }) => value));
  taken.push(await ids.next());
}
process.send?.({ values, taken });
process.disconnect?.();
