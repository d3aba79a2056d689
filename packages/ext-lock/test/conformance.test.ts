import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockConformance } from '@grovekv/conformance';
import { memoryDriver } from '@grovekv/kv-core/memory';
import { portable } from '@grovekv/kv-core/testing';
import { describe, it } from 'vitest';
import { openDriver } from '../../../tests/support/shared-drivers.js';
import { createLock } from '../src/index.js';

const memory = portable(memoryDriver());
const path = join(tmpdir(), `ext-lock-${randomUUID()}`, 'db');

for (const fair of [false, true]) {
  const name = (driver: string): string => (fair ? `${driver}, fair` : driver);
  const options = {
    createLock: (...[store, lock, terms]: Parameters<typeof createLock>) =>
      createLock(store, lock, { ...terms, fair }),
    describe,
    it,
  };
  // Clients of one memory driver are processes on one database.
  const shared = { ...memory, close: async () => undefined };
  lockConformance({ name: name('memory'), create: () => shared, ...options });
  lockConformance({ name: name('lmdb'), create: () => openDriver('lmdb', path), ...options });
  lockConformance({
    name: name('redis'),
    create: () => openDriver('redis', process.env.REDIS_URL!),
    ...options,
  });
}
