import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { queueConformance } from '@grovekv/conformance';
import { memoryDriver } from '@grovekv/kv-core/memory';
import { portable } from '@grovekv/kv-core/testing';
import { describe, it } from 'vitest';
import { openDriver } from '../../../tests/support/shared-drivers.js';
import { createQueue } from '../src/index.js';

const memory = portable(memoryDriver());
const path = join(tmpdir(), `ext-queue-${randomUUID()}`, 'db');
// Clients of one memory driver are processes on one database.
const shared = { ...memory, close: async () => undefined };

for (const segmentBytes of [4_000, 400]) {
  const options = {
    createQueue: (
      store: Parameters<typeof createQueue>[0],
      name: string,
      { backoffMs, ...terms }: { visibilityMs: number; maxAttempts: number; backoffMs: number },
    ) =>
      createQueue<number>(store, name, {
        ...terms,
        segmentBytes,
        backoff: { type: 'fixed', delayMs: backoffMs },
      }),
    describe,
    it,
  };
  const name = (driver: string): string => `${driver}, segments of ${segmentBytes} bytes`;
  queueConformance({ name: name('memory'), create: () => shared, ...options });
  // Small segments once more where they differ most: in the portable way.
  if (segmentBytes === 4_000) {
    queueConformance({ name: name('lmdb'), create: () => openDriver('lmdb', path), ...options });
  }
  queueConformance({
    name: name('redis'),
    create: () => openDriver('redis', process.env.REDIS_URL!),
    ...options,
  });
}
