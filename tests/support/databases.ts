import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Driver } from '@grovekv/kv-core/driver';
import { memoryDriver } from '@grovekv/kv-core/memory';
import { portable } from '@grovekv/kv-core/testing';
import { openDriver } from './shared-drivers.js';

/** A database of which each driver that is created is another client. */
export interface Database {
  readonly name: 'memory' | 'lmdb' | 'redis';
  create(): Driver;
}

/** What the suites of extensions run on beside their own tests. */
export function openDatabases(): readonly Database[] {
  const memory = portable(memoryDriver());
  // Clients of one memory driver are processes on one database.
  const client = { ...memory, close: async () => undefined };
  const folder = mkdtempSync(join(tmpdir(), 'grovekv-test-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return [
    { name: 'memory', create: () => client },
    { name: 'lmdb', create: () => openDriver('lmdb', join(folder, 'db')) },
    { name: 'redis', create: () => openDriver('redis', process.env.REDIS_URL!) },
  ];
}
