import { memcachedDriver } from '@grovekv/driver-memcached';
import { createStore } from '@grovekv/kv-core';
import memjs from 'memjs';
import { startMemcached } from '../../../scripts/services/servers.js';
import { runCallers } from '../lib/callers.js';
import { getSetCases, type KeyValueContender } from '../lib/get-set.js';
import type { Case, Prepared, Target, Workload } from '../lib/workload.js';

const CALLERS = 64;
const KEY = 'visitors';

/**
 * A connection belongs to one thread of the server, and the system may keep two threads on different cores
 * for a whole run: 28 µs for a call on one, 52 on the other. So all connections are given the same.
 */
const ONE_THREAD = { args: ['-t', '1'] };

function targets(_verb: 'get' | 'set', callers: number): readonly Target[] {
  return [{ measure: 'ratio to raw', atLeast: callers === 1 ? 0.9 : 2.5 }];
}

function contenders(servers: string): KeyValueContender[] {
  return [
    {
      name: 'Grove KV, memcached driver',
      role: 'ours',
      open: () => createStore({ driver: memcachedDriver({ servers }) }),
    },
    {
      name: 'memjs',
      role: 'raw',
      open() {
        const client = memjs.Client.create(servers);
        return {
          get: async (key) => JSON.parse(String((await client.get(key)).value)),
          set: (key, value) => client.set(key, JSON.stringify(value), {}),
          close: () => client.close(),
        };
      },
    },
  ];
}

/** Runs it, and checks in the end that no increment was lost. */
async function prepare(
  increment: () => Promise<unknown>,
  read: () => Promise<unknown>,
  close: () => unknown,
): Promise<Prepared> {
  let expected = 0;
  return {
    async run(ms) {
      const sample = await runCallers(CALLERS, ms, increment);
      expected += sample.operations;
      return sample;
    },
    async close() {
      const value = Number(await read());
      await close();
      if (value !== expected) throw new Error(`counted ${value}, not ${expected}`);
    },
  };
}

function hotCounter(servers: string): Case {
  return {
    title: `hot counter, ${CALLERS} callers`,
    contenders: [
      {
        name: 'Grove KV, memcached driver',
        role: 'ours',
        prepare() {
          const store = createStore({ driver: memcachedDriver({ servers }) });
          return prepare(
            () => store.increment(KEY),
            () => store.get(KEY),
            () => store.close(),
          );
        },
      },
      {
        name: 'memjs INCREMENT',
        role: 'raw',
        prepare() {
          const client = memjs.Client.create(servers);
          const key = `${KEY}:raw`;
          return prepare(
            () => client.increment(key, 1, { initial: 1 }),
            async () => (await client.get(key)).value,
            () => client.close(),
          );
        },
      },
    ],
    targets: [{ measure: 'ratio to raw', atLeast: 1 }],
  };
}

export const workload: Workload = {
  title: 'Get, set and count on Memcached',
  about:
    'A JSON value of 100 bytes, one server on loopback with one thread, one connection each. The hot counter is one key to which 64 callers add 1: ours by compare-and-swap, memjs by the increment of the server; every run ends with a check that nothing was lost.',
  async open() {
    const server = await startMemcached(ONE_THREAD);
    return {
      cases: [...getSetCases(contenders(server.url), targets), hotCounter(server.url)],
      close: () => server.stop(),
    };
  },
};
