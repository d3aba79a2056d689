import { rateLimiterConformance } from '@grovekv/conformance';
import { createRateLimiter } from '@grovekv/ext-ratelimit';
import { onAllDrivers } from './on-all-drivers.js';

onAllDrivers((options) =>
  rateLimiterConformance({
    ...options,
    createLimiter: (store, name, settings) => createRateLimiter(store, name, settings),
  }),
);
