import { queueConformance } from '@grovekv/conformance';
import { describe, it } from 'vitest';
import { openDatabases } from '../../../tests/support/databases.js';
import { createQueue } from '../src/index.js';

const databases = openDatabases();

for (const segmentBytes of [4_000, 400]) {
  for (const { name, create } of databases) {
    // Small segments once more where they differ most: in the portable way.
    if (segmentBytes === 400 && name === 'lmdb') continue;
    queueConformance({
      name: `${name}, segments of ${segmentBytes} bytes`,
      create,
      createQueue: (store, queue, { backoffMs, ...terms }) =>
        createQueue<number>(store, queue, {
          ...terms,
          segmentBytes,
          backoff: { type: 'fixed', delayMs: backoffMs },
        }),
      describe,
      it,
    });
  }
}
