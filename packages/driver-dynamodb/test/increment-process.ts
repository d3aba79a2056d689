import { createStore } from '@grovekv/kv-core';
import { portable } from '@grovekv/kv-core/testing';
import { dynamodbDriver } from '../src/index.js';
import { at } from './support.js';

/** Counts together with its sisters; prints the values that it got. */
const [endpoint, way, key, callers, each] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
];
const driver = dynamodbDriver(at(endpoint));
const store = createStore({
  driver: way === 'portable' ? portable(driver) : driver,
  timeoutMs: 20_000,
});
const view = way === 'namespace' ? store.namespace('tenant') : store;
const values: number[] = [];
await Promise.all(
  Array.from({ length: Number(callers) }, async () => {
    for (let count = 0; count < Number(each); count += 1) {
      values.push((await view.increment(key)).value);
    }
  }),
);
await store.close();
process.stdout.write(JSON.stringify(values));
