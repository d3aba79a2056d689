import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { levelDriver } from '@grovekv/driver-level';
import { lmdbDriver } from '@grovekv/driver-lmdb';
import { redisDriver } from '@grovekv/driver-redis';
import { createStore } from '@grovekv/kv-core';
import type { Driver } from '@grovekv/kv-core/driver';
import { memoryDriver } from '@grovekv/kv-core/memory';
import { Redis } from 'ioredis';
import { Level } from 'level';
import { open } from 'lmdb';
import { startRedis } from '../../../scripts/services/servers.js';
import { runCallers } from '../lib/callers.js';
import type { Contender, Prepared, Workload } from '../lib/workload.js';

const CALLERS = 64;
const KEY = 'visitors';

/** Runs it, and checks in the end that no increment was lost. */
async function prepare(
  increment: () => Promise<unknown>,
  read: () => Promise<unknown>,
  close: () => Promise<unknown>,
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

const ours = (name: string, driver: () => Driver): Contender => ({
  name: `Grove KV, ${name} driver`,
  role: 'ours',
  prepare() {
    const store = createStore({ driver: driver() });
    return prepare(
      () => store.increment(KEY),
      () => store.get(KEY),
      () => store.close(),
    );
  },
});

const mapRaw: Contender = {
  name: 'Map',
  role: 'raw',
  prepare() {
    const map = new Map<string, number>();
    const increment = async (): Promise<number> => {
      const value = (map.get(KEY) ?? 0) + 1;
      map.set(KEY, value);
      return value;
    };
    return prepare(
      increment,
      async () => map.get(KEY),
      async () => {},
    );
  },
};

const lmdbRaw = (folder: () => string): Contender => ({
  name: 'lmdb, get and put in a transaction',
  role: 'raw',
  prepare() {
    const db = open<number, string>({ path: folder() });
    const increment = (): Promise<number> =>
      db.transaction(() => {
        const value = (db.get(KEY) ?? 0) + 1;
        db.put(KEY, value);
        return value;
      });
    return prepare(
      increment,
      async () => db.get(KEY),
      () => db.close(),
    );
  },
});

const levelRaw = (folder: () => string): Contender => ({
  name: 'level, get and put in a chain of promises',
  role: 'raw',
  prepare() {
    const db = new Level<string, number>(folder(), { valueEncoding: 'json' });
    let last: Promise<unknown> = db.open();
    const increment = (): Promise<unknown> => {
      last = last.then(async () => db.put(KEY, ((await db.get(KEY)) ?? 0) + 1));
      return last;
    };
    return prepare(
      increment,
      () => db.get(KEY),
      () => db.close(),
    );
  },
});

const redisRaw = (url: string, enableAutoPipelining: boolean): Contender => ({
  name: enableAutoPipelining ? 'ioredis INCR, autopipelining' : 'ioredis INCR',
  role: 'raw',
  prepare() {
    const client = new Redis(url, { enableAutoPipelining });
    const key = `${KEY}:${enableAutoPipelining}`;
    return prepare(
      () => client.incr(key),
      () => client.get(key),
      () => client.quit(),
    );
  },
});

export const workload: Workload = {
  title: 'A hot counter',
  about: `${CALLERS} callers add 1 to one key. Every run ends with a check that nothing was lost.`,
  async open() {
    const server = await startRedis();
    const { url } = server;
    const root = mkdtempSync(join(tmpdir(), 'grovekv-bench-'));
    const folder = (): string => mkdtempSync(join(root, 'db-'));
    const cases = [
      {
        title: 'Redis',
        contenders: [
          ours('redis', () => redisDriver({ url })),
          redisRaw(url, false),
          redisRaw(url, true),
        ],
        targets: [{ measure: 'ratio to raw', atLeast: 5 } as const],
      },
      {
        title: 'LMDB',
        contenders: [ours('lmdb', () => lmdbDriver({ path: folder() })), lmdbRaw(folder)],
        targets: [],
      },
      {
        title: 'Level',
        contenders: [ours('level', () => levelDriver({ path: folder() })), levelRaw(folder)],
        targets: [],
      },
      { title: 'memory', contenders: [ours('memory', memoryDriver), mapRaw], targets: [] },
    ];
    const close = async (): Promise<void> => {
      await server.stop();
      rmSync(root, { recursive: true, force: true });
    };
    return { cases, close };
  },
};
