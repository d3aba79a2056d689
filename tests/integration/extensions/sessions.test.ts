import { sessionConformance } from '@grovekv/conformance';
import { createSessionStore } from '@grovekv/ext-session';
import { onAllDrivers } from './on-all-drivers.js';

onAllDrivers((options) =>
  sessionConformance({
    ...options,
    createSessions: (store, settings) => createSessionStore(store, settings),
  }),
);
