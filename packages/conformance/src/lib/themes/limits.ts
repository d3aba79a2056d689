import { createStore } from '@grovekv/kv-core';
import { equal, rejects } from '../assert/assert.js';
import { put, read } from '../suite/probe.js';
import type { Theme } from '../suite/theme.js';

/** Values are tried up to this size, whatever a driver allows. */
const LARGEST_TRIED = 4 * 1024 * 1024;
const LARGEST_REFUSED = 64 * 1024 * 1024;

export const limits: Theme = {
  name: 'limits',
  tests: [
    {
      name: 'a value of the greatest size comes back',
      async run({ driver, key, traits }) {
        const bytes = new Uint8Array(Math.min(traits.maxValueBytes, LARGEST_TRIED));
        for (let index = 0; index < bytes.length; index += 997) bytes[index] = index & 255;
        equal((await put(driver, key(), bytes)).applied, true, 'put');
        const entry = await read(driver, key());
        equal(entry?.value, bytes, 'read');
        const version = entry?.version ?? '';
        equal((await put(driver, key(), 'small', { if: { version } })).applied, true, 'by version');
        equal((await put(driver, key(), bytes, { if: 'present' })).applied, true, 'if present');
      },
    },
    {
      name: 'a value over the limit is refused and the old one stays',
      needs: ['plain store'],
      async run({ store, key, traits }) {
        if (traits.maxValueBytes > LARGEST_REFUSED) return;
        const raw = store().raw;
        const old = Uint8Array.of(1, 2, 3);
        const large = new Uint8Array(traits.maxValueBytes + 1);
        await raw.set(key(), old);
        const verbs: Record<string, () => Promise<unknown>> = {
          set: () => raw.set(key(), large),
          'set if present': () => raw.set(key(), large, { if: 'present' }),
          setMany: () => raw.setMany([[key(), large]]),
          batch: () => raw.batch([{ type: 'set', key: key(), value: large }]),
          update: () => raw.update(key(), () => ({ put: large, result: 0 })),
        };
        for (const [name, run] of Object.entries(verbs)) {
          const error = await rejects(run, 'VALUE_TOO_LARGE', name);
          equal(error.outcome, 'none', `${name}: outcome`);
          equal(await raw.get(key()), old, `after ${name}`);
        }
        equal(await raw.set(key(), large.subarray(1)), true, 'one byte less');
      },
    },
    {
      name: 'getMany of 5,000 keys',
      async run({ store, key }) {
        const s = store();
        const keys = Array.from({ length: 5_000 }, (_, index) => key(`g${index}`));
        await s.setMany([
          [keys[0] ?? '', 'first'],
          [keys[2_499] ?? '', 'middle'],
          [keys[4_999] ?? '', 'last'],
        ]);
        const values = await s.getMany(keys);
        equal(values.length, 5_000, 'answers');
        equal([values[0], values[2_499], values[4_999]], ['first', 'middle', 'last'], 'values');
        equal(values.filter((value) => value !== undefined).length, 3, 'values that are there');
      },
    },
    {
      name: 'createStore refuses what cannot be right',
      async run({ driver }) {
        for (const timeoutMs of [0, -1, Number.NaN, 2 ** 31, Number.POSITIVE_INFINITY]) {
          const create = () => createStore({ driver, timeoutMs });
          await rejects(create, 'INVALID_ARGUMENT', `timeoutMs ${timeoutMs}`);
        }
        for (const ttlMs of [0, -1, Number.NaN]) {
          const create = () => createStore({ driver, ttlMs });
          await rejects(create, 'INVALID_ARGUMENT', `ttlMs ${ttlMs}`);
        }
        await rejects(() => createStore({ driver: {} as never }), 'INVALID_DRIVER', 'no driver');
      },
    },
  ],
};
