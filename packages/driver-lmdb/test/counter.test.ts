import { createStore } from '@grovekv/kv-core';
import { expect, it } from 'vitest';
import { runTogether } from '../../../tests/support/child.js';
import { lmdbDriver } from '../src/index.js';
import { Child } from './child.js';
import { newFolder } from './support.js';

const PROCESSES = 4;
const CALLERS = 16;

it.each([
  ['local', 2_000],
  ['portable', 2_000],
  ['namespace', 2_000],
] as const)(
  'four processes with 16 callers add to one key (%s, %i each): exact, and no value is given twice',
  { timeout: 120_000 },
  async (mode, times) => {
    const path = newFolder();
    const children = Array.from(
      { length: PROCESSES },
      () => new Child('counter', path, mode, String(times)),
    );
    await runTogether(children);

    const total = PROCESSES * CALLERS * times;
    const seen = new Uint8Array(total + 1);
    for (const child of children) {
      const values = JSON.parse((await child.said('values')).slice('values '.length)) as number[];
      expect(values).toHaveLength(CALLERS * times);
      for (const value of values) seen[value] = seen[value]! + 1;
    }
    expect(seen.subarray(1).every((count) => count === 1)).toBe(true);
    const root = createStore({ driver: lmdbDriver({ path }) });
    const store = mode === 'namespace' ? root.namespace('x') : root;
    expect((await store.increment('counter', 0)).value).toBe(total);
    await root.close();
  },
);
