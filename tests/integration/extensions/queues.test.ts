import { queueConformance } from '@grovekv/conformance';
import { createQueue } from '@grovekv/ext-queue';
import { onAllDrivers } from './on-all-drivers.js';

onAllDrivers((options) =>
  queueConformance({
    ...options,
    createQueue: (store, name, { backoffMs, ...terms }) =>
      createQueue<number>(store, name, {
        ...terms,
        backoff: { type: 'fixed', delayMs: backoffMs },
        allowVolatile: true,
      }),
  }),
);
