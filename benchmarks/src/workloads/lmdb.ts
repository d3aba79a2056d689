import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lmdbDriver } from '@grovekv/driver-lmdb';
import { createStore } from '@grovekv/kv-core';
import { open, type RootDatabaseOptionsWithPath } from 'lmdb';
import { getSetCases, type KeyValue, type KeyValueContender } from '../lib/get-set.js';
import type { Target, Workload } from '../lib/workload.js';

function targets(verb: 'get' | 'set'): readonly Target[] {
  return verb === 'get' ? [{ measure: 'ratio to raw', atLeast: 0.8 }] : [];
}

function lmdb(options: RootDatabaseOptionsWithPath): KeyValue {
  const db = open(options);
  return {
    get: async (key) => await db.get(key),
    set: (key, value) => db.put(key, value),
    close: () => db.close(),
  };
}

function contenders(folder: () => string): KeyValueContender[] {
  return [
    {
      name: 'Grove KV, lmdb driver',
      role: 'ours',
      open: () => createStore({ driver: lmdbDriver({ path: folder() }) }),
    },
    { name: 'lmdb, its msgpack', role: 'raw', open: () => lmdb({ path: folder() }) },
    { name: 'lmdb, JSON', role: 'raw', open: () => lmdb({ path: folder(), encoding: 'json' }) },
  ];
}

export const workload: Workload = {
  title: 'Get and set on LMDB',
  about:
    'A JSON value of 100 bytes. `await db.get(key)` and `await db.put(key, value)` of lmdb with its defaults, and with its JSON encoding.',
  async open() {
    const root = mkdtempSync(join(tmpdir(), 'grovekv-bench-'));
    const folder = (): string => mkdtempSync(join(root, 'db-'));
    return {
      cases: getSetCases(contenders(folder), targets),
      close: async () => rmSync(root, { recursive: true, force: true }),
    };
  },
};
