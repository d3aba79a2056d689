import { counterConformance } from '@grovekv/conformance';
import { createCounter } from '@grovekv/ext-counter';
import { onAllDrivers } from './on-all-drivers.js';

onAllDrivers((options) =>
  counterConformance({
    ...options,
    createCounter: (store, name, settings) => createCounter(store, name, settings),
    createExactCounter: (store, name) => createCounter(store, name, { exactRetries: true }),
  }),
);
