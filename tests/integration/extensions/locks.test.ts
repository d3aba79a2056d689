import { lockConformance } from '@grovekv/conformance';
import { createLock } from '@grovekv/ext-lock';
import { onAllDrivers } from './on-all-drivers.js';

onAllDrivers((options) =>
  lockConformance({
    ...options,
    createLock: (store, name, settings) => createLock(store, name, settings),
  }),
);
