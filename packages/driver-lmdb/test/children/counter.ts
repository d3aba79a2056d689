import { createStore } from '@grovekv/kv-core';
import { portable } from '@grovekv/kv-core/testing';
import { lmdbDriver } from '../../src/index.js';

/** Adds 1 to one key, `times` times for each of 16 callers, and says every value that it was given. */
const [path, mode, times] = process.argv.slice(2) as [string, string, string];
const driver = lmdbDriver({ path });
const root = createStore({
  driver: mode === 'portable' ? portable(driver) : driver,
  timeoutMs: 30_000,
});
const store = mode === 'namespace' ? root.namespace('x') : root;
await store.get('counter');
console.log('ready');
await new Promise((resolve) => process.stdin.once('data', resolve));
const values: number[] = [];
await Promise.all(
  Array.from({ length: 16 }, async () => {
    for (let round = 0; round < Number(times); round += 1) {
      values.push((await store.increment('counter')).value);
    }
  }),
);
await root.close();
process.stdin.destroy();
console.log(`values ${JSON.stringify(values)}`);
