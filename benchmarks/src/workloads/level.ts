import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { levelDriver } from '@grovekv/driver-level';
import { createStore } from '@grovekv/kv-core';
import { Level } from 'level';
import { getSetCases, type KeyValue, type KeyValueContender } from '../lib/get-set.js';
import type { Target, Workload } from '../lib/workload.js';

function targets(verb: 'get' | 'set', callers: number): readonly Target[] {
  const atLeast = callers === 1 ? 0.9 : verb === 'get' ? 2 : 1;
  return [{ measure: 'ratio to raw', atLeast }];
}

function level(path: string): KeyValue {
  const db = new Level<string, unknown>(path, { valueEncoding: 'json' });
  return {
    get: (key) => db.get(key),
    set: (key, value) => db.put(key, value),
    close: () => db.close(),
  };
}

function contenders(folder: () => string): KeyValueContender[] {
  return [
    {
      name: 'Grove KV, level driver',
      role: 'ours',
      open: () => createStore({ driver: levelDriver({ path: folder() }) }),
    },
    { name: 'level, JSON', role: 'raw', open: () => level(folder()) },
  ];
}

export const workload: Workload = {
  title: 'Get and set on Level',
  about:
    'A JSON value of 100 bytes. `await db.get(key)` and `await db.put(key, value)` of level on LevelDB, with its JSON encoding. Neither flushes each write to the disk.',
  async open() {
    const root = mkdtempSync(join(tmpdir(), 'grovekv-bench-'));
    const folder = (): string => mkdtempSync(join(root, 'db-'));
    return {
      cases: getSetCases(contenders(folder), targets),
      close: async () => rmSync(root, { recursive: true, force: true }),
    };
  },
};
