import { redisDriver } from '@grovekv/driver-redis';
import { createStore } from '@grovekv/kv-core';
import KeyvRedis from '@keyv/redis';
import { createCache } from 'cache-manager';
import { Redis } from 'ioredis';
import Keyv from 'keyv';
import { startRedis } from '../../../scripts/services/servers.js';
import { getSetCases, type KeyValue, type KeyValueContender } from '../lib/get-set.js';
import type { Target, Workload } from '../lib/workload.js';

function targets(_verb: 'get' | 'set', callers: number): readonly Target[] {
  if (callers === 1) return [{ measure: 'ratio to raw', atLeast: 0.95 }];
  return [
    { measure: 'ratio to raw', atLeast: 2.2 },
    { measure: 'ratio to best peer', atLeast: 1 },
  ];
}

function ioredis(url: string, enableAutoPipelining: boolean): KeyValue {
  const client = new Redis(url, { enableAutoPipelining });
  return {
    get: async (key) => JSON.parse((await client.get(key)) ?? 'null'),
    set: (key, value) => client.set(key, JSON.stringify(value)),
    close: () => client.quit(),
  };
}

function contenders(url: string): KeyValueContender[] {
  return [
    {
      name: 'Grove KV, redis driver',
      role: 'ours',
      open: () => createStore({ driver: redisDriver({ url }) }),
    },
    { name: 'ioredis', role: 'raw', open: () => ioredis(url, false) },
    {
      name: 'ioredis, autopipelining',
      role: 'raw',
      open: () => ioredis(url, true),
    },
    {
      name: 'keyv + @keyv/redis',
      role: 'peer',
      open() {
        const store = new Keyv(new KeyvRedis(url));
        return {
          get: (key) => store.get(key),
          set: (key, value) => store.set(key, value),
          close: () => store.disconnect(),
        };
      },
    },
    {
      name: 'cache-manager + @keyv/redis',
      role: 'peer',
      open() {
        const cache = createCache({ stores: [new Keyv(new KeyvRedis(url))] });
        return {
          get: (key) => cache.get(key),
          set: (key, value) => cache.set(key, value),
          close: () => cache.disconnect(),
        };
      },
    },
  ];
}

export const workload: Workload = {
  title: 'Get and set on Redis',
  about: 'A JSON value of 100 bytes, one server on loopback, one connection each.',
  async open() {
    const server = await startRedis();
    return { cases: getSetCases(contenders(server.url), targets), close: () => server.stop() };
  },
};
