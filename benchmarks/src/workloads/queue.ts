import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { levelDriver } from '@grovekv/driver-level';
import { lmdbDriver } from '@grovekv/driver-lmdb';
import { memcachedDriver } from '@grovekv/driver-memcached';
import { redisDriver } from '@grovekv/driver-redis';
import type { Driver } from '@grovekv/kv-core/driver';
import { Level } from 'level';
import { open } from 'lmdb';
import memjs from 'memjs';
import { startMemcached, startRedis } from '../../../scripts/services/servers.js';
import { makeJob } from '../lib/bench-job.js';
import {
  beeQueuer,
  bullQueuer,
  CONCURRENCY,
  groveQueuer,
  prepareQueuer,
  type Queuer,
  redisListQueuer,
} from '../lib/queuers.js';
import type { Contender, Workload } from '../lib/workload.js';

type Open = (done: () => void) => Promise<Queuer>;

const contender = (name: string, role: Contender['role'], open: Open): Contender => ({
  name,
  role,
  prepare: () => prepareQueuer(open),
});

const ours = (name: string, driver: () => Driver): Contender =>
  contender(`Grove KV, ${name} driver`, 'ours', (done) => groveQueuer(driver(), done));

/** What a queue has to write at least, one after the other: the job, that it is taken, that it is done. */
const threeWrites = (
  name: string,
  connect: () => {
    write(key: string, value: string): Promise<unknown>;
    remove(key: string): Promise<unknown>;
    close(): Promise<unknown>;
  },
): Contender =>
  contender(name, 'raw', async (done) => {
    const { write, remove, close } = connect();
    return {
      async enqueue(n) {
        const job = JSON.stringify(makeJob(n));
        await write(`job:${n}`, job);
        await write(`job:${n}`, `taken ${job}`);
        await remove(`job:${n}`);
        done();
      },
      close,
    };
  });

const lmdbRaw = (path: string): Contender =>
  threeWrites('lmdb: put, put, remove', () => {
    const db = open<string, string>({ path, encoding: 'string' });
    return {
      write: (key, value) => db.put(key, value),
      remove: (key) => db.remove(key),
      close: () => db.close(),
    };
  });

const levelRaw = (path: string): Contender =>
  threeWrites('level: put, put, del', () => {
    const db = new Level<string, string>(path);
    return {
      write: (key, value) => db.put(key, value),
      remove: (key) => db.del(key),
      close: () => db.close(),
    };
  });

const memcachedRaw = (url: string): Contender =>
  threeWrites('memjs: set, set, delete', () => {
    const client = memjs.Client.create(url);
    return {
      write: (key, value) => client.set(key, value, {}),
      remove: (key) => client.delete(key),
      close: async () => client.quit(),
    };
  });

export const workload: Workload = {
  title: 'Queue, end to end',
  about: `${CONCURRENCY} callers enqueue small jobs while one worker handles them, ${CONCURRENCY} at a time, with a handler that does nothing; a round ends when every job is done. The raw way on Redis is a list of waiting and one of active jobs, without leases, retries or delays; elsewhere it is three writes for each job.`,
  async open() {
    const [redis, memcached] = await Promise.all([startRedis(), startMemcached()]);
    const root = mkdtempSync(join(tmpdir(), 'grovekv-bench-'));
    const folder = (): string => mkdtempSync(join(root, 'db-'));
    const cases = [
      {
        title: 'Redis',
        contenders: [
          ours('redis', () => redisDriver({ url: redis.url })),
          contender('ioredis: LPUSH, RPOPLPUSH, LREM', 'raw', (done) =>
            redisListQueuer(redis.url, done),
          ),
          contender('BullMQ', 'peer', (done) => bullQueuer(redis.port, done)),
          contender('bee-queue', 'peer', (done) => beeQueuer(redis.port, done)),
        ],
        targets: [
          { measure: 'ratio to raw', atLeast: 1.3 } as const,
          { measure: 'ratio to one peer', peer: 'BullMQ', atLeast: 3 } as const,
        ],
        longer: 2,
      },
      {
        title: 'LMDB',
        contenders: [ours('lmdb', () => lmdbDriver({ path: folder() })), lmdbRaw(folder())],
        targets: [],
      },
      {
        title: 'Level',
        contenders: [ours('level', () => levelDriver({ path: folder() })), levelRaw(folder())],
        targets: [],
      },
      {
        title: 'memcached',
        contenders: [
          ours('memcached', () => memcachedDriver({ servers: memcached.url })),
          memcachedRaw(memcached.url),
        ],
        targets: [],
      },
    ];
    return {
      cases,
      async close() {
        await Promise.all([redis.stop(), memcached.stop()]);
        rmSync(root, { recursive: true, force: true });
      },
    };
  },
};
