import { createStore } from '@grovekv/kv-core';
import { portable } from '@grovekv/kv-core/testing';
import { expect, it } from 'vitest';
import { levelDriver } from '../src/index.js';
import { newFolder } from './support.js';

const STORES = 4;
const CALLERS = 16;
const TIMES = 500;

it.each(['local', 'portable', 'namespace'] as const)(
  '64 callers of four stores add to one key (%s): exact, and no value is given twice',
  { timeout: 120_000 },
  async (mode) => {
    const path = newFolder();
    const stores = Array.from({ length: STORES }, () => {
      const driver = levelDriver({ path });
      const root = createStore({
        driver: mode === 'portable' ? portable(driver) : driver,
        timeoutMs: 60_000,
      });
      return mode === 'namespace' ? root.namespace('x') : root;
    });
    const total = STORES * CALLERS * TIMES;
    const seen = new Uint8Array(total + 1);
    const callers = stores.flatMap((store) =>
      Array.from({ length: CALLERS }, async () => {
        for (let round = 0; round < TIMES; round += 1) {
          const { value } = await store.increment('counter');
          seen[value] = seen[value]! + 1;
        }
      }),
    );
    await Promise.all(callers);
    expect(seen.subarray(1).every((count) => count === 1)).toBe(true);
    expect((await stores[0]!.increment('counter', 0)).value).toBe(total);
    await Promise.all(stores.map((store) => store.close()));
  },
);
