import { leaderboardConformance } from '@grovekv/conformance';
import { createLeaderboard, createPeriodLeaderboard } from '@grovekv/ext-leaderboard';
import { onAllDrivers } from './on-all-drivers.js';

onAllDrivers((options) =>
  leaderboardConformance({
    ...options,
    createLeaderboard: (store, name, settings) =>
      createLeaderboard(store, name, { ...settings, allowVolatile: true }),
    createPeriods: (store, name, { periodMs: period, keep }) =>
      createPeriodLeaderboard(store, name, { period, keep, allowVolatile: true }),
  }),
);
