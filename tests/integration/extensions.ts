import {
  conformanceReport,
  counterConformance,
  leaderboardConformance,
  lockConformance,
} from '@grovekv/conformance';
import { createCounter } from '@grovekv/ext-counter';
import { createLeaderboard } from '@grovekv/ext-leaderboard';
import { createLock } from '@grovekv/ext-lock';
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
    });
    lockConformance({
      ...options,
      createLock: (store, name, settings) => createLock(store, name, settings),
    });
  }
  afterAll(() => console.info(report.toString()));
}
