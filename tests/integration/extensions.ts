import {
  conformanceReport,
  counterConformance,
  leaderboardConformance,
  lockConformance,
  queueConformance,
  rateLimiterConformance,
  sessionConformance,
} from '@grovekv/conformance';
import { createCounter } from '@grovekv/ext-counter';
import { createLeaderboard, createPeriodLeaderboard } from '@grovekv/ext-leaderboard';
import { createLock } from '@grovekv/ext-lock';
import { createQueue } from '@grovekv/ext-queue';
import { createRateLimiter } from '@grovekv/ext-ratelimit';
import { createSessionStore } from '@grovekv/ext-session';
import type { Hook } from '@grovekv/kv-core';
import { afterAll, describe, it } from 'vitest';
import { drivers } from './drivers.js';

/** Registers the suites of all extensions on all drivers, and prints the table at the end. */
export function extensionsOnAllDrivers(title: string, hooks: readonly Hook[]): void {
  const report = conformanceReport();
  for (const driver of drivers) {
    const options = {
      ...driver,
      name: `${driver.name}${title}`,
      hooks,
      describe,
      it,
      report: report.add,
    };
    counterConformance({
      ...options,
      createCounter: (store, name, settings) => createCounter(store, name, settings),
      createExactCounter: (store, name) => createCounter(store, name, { exactRetries: true }),
    });
    leaderboardConformance({
      ...options,
      createLeaderboard: (store, name, settings) =>
        createLeaderboard(store, name, { ...settings, allowVolatile: true }),
      createPeriods: (store, name, { periodMs: period, keep }) =>
        createPeriodLeaderboard(store, name, { period, keep, allowVolatile: true }),
    });
    lockConformance({
      ...options,
      createLock: (store, name, settings) => createLock(store, name, settings),
    });
    rateLimiterConformance({
      ...options,
      createLimiter: (store, name, settings) => createRateLimiter(store, name, settings),
    });
    sessionConformance({
      ...options,
      createSessions: (store, settings) => createSessionStore(store, settings),
    });
    queueConformance({
      ...options,
      createQueue: (store, name, { backoffMs, ...terms }) =>
        createQueue<number>(store, name, {
          ...terms,
          backoff: { type: 'fixed', delayMs: backoffMs },
          allowVolatile: true,
        }),
    });
  }
  afterAll(() => console.info(report.toString()));
}
