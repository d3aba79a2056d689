import { createStore } from '@grovekv/kv-core';
import { memcachedDriver } from '../src/index.js';

/** Counts together with its sisters; prints the values that it got. */
const [servers, key, callers, each] = process.argv.slice(2) as [string, string, string, string];
const store = createStore({ driver: memcachedDriver({ servers }), timeoutMs: 20_000 });
const values: number[] = [];
await Promise.all(
  Array.from({ length: Number(callers) }, async () => {
    for (let count = 0; count < Number(each); count += 1) {
      values.push((await store.increment(key)).value);
    }
  }),
);
await store.close();
process.stdout.write(JSON.stringify(values));
