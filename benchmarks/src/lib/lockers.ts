import { randomUUID } from 'node:crypto';
import { redisDriver } from '@grovekv/driver-redis';
import { createLock } from '@grovekv/ext-lock';
import { createStore } from '@grovekv/kv-core';
import { Redis } from 'ioredis';
import { Mutex } from 'redis-semaphore';
import Redlock from 'redlock';
import { createLock as createUniversalLock, IoredisAdapter } from 'redlock-universal';
import type { Role } from './workload.js';

const TTL_MS = 10_000;

/** A lock as one caller uses it: waits for it, enters, leaves. */
export type Section = () => Promise<unknown>;

/** A connection to the server of the locks. */
export interface LockClient {
  /** `retryMs`: how long who finds it held waits before it tries again, where that can be set. */
  section(name: string, retryMs: number): Section;
  close(): unknown;
}

/** A way to lock. */
export interface Locker {
  readonly name: string;
  readonly role: Role;
  connect(url: string): LockClient;
}

const COMPARE_AND_DELETE =
  "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0";

const pause = (most: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.random() * most));

/** Those who are compared; the names are also how a process of a contended lock is told. */
export const LOCKERS: readonly Locker[] = [
  {
    name: 'Grove KV, ext-lock',
    role: 'ours',
    connect(url) {
      const store = createStore({ driver: redisDriver({ url }) });
      return {
        section(name) {
          const lock = createLock(store, name, { ttlMs: TTL_MS });
          return async () => (await lock.acquire()).release();
        },
        close: () => store.close(),
      };
    },
  },
  {
    name: 'SET NX PX + EVALSHA by ioredis',
    role: 'raw',
    connect(url) {
      const client = new Redis(url, {
        scripts: { release: { lua: COMPARE_AND_DELETE, numberOfKeys: 1 } },
      }) as Redis & { release(key: string, token: string): Promise<number> };
      return {
        section: (name, retryMs) => async () => {
          const token = randomUUID();
          while (!(await client.set(name, token, 'PX', TTL_MS, 'NX'))) await pause(retryMs * 2);
          await client.release(name, token);
        },
        close: () => client.quit(),
      };
    },
  },
  {
    name: 'redlock',
    role: 'peer',
    connect(url) {
      const client = new Redis(url);
      return {
        section(name, retryMs) {
          const settings = { retryCount: -1, retryDelay: retryMs, retryJitter: retryMs };
          const redlock = new Redlock([client], settings);
          return async () => (await redlock.acquire([name], TTL_MS)).release();
        },
        close: () => client.quit(),
      };
    },
  },
  {
    name: 'redis-semaphore',
    role: 'peer',
    connect(url) {
      const client = new Redis(url);
      return {
        section(name, retryMs) {
          const options = { lockTimeout: TTL_MS, acquireTimeout: 60_000, retryInterval: retryMs };
          const mutex = new Mutex(client, name, options);
          return async () => {
            await mutex.acquire();
            await mutex.release();
          };
        },
        close: () => client.quit(),
      };
    },
  },
  {
    name: 'redlock-universal, lean',
    role: 'peer',
    connect(url) {
      const client = new Redis(url);
      const adapter = new IoredisAdapter(client as never);
      return {
        section(name, retryMs) {
          const lock = createUniversalLock({
            ...{ adapter, key: name, ttl: TTL_MS, performance: 'lean' },
            ...{ retryAttempts: 100_000, retryDelay: retryMs },
          });
          return async () => lock.release(await lock.acquire());
        },
        close: () => client.quit(),
      };
    },
  },
];
