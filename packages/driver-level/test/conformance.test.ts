import { conformanceReport, driverConformance } from '@grovekv/conformance';
import { createManualClock, portable } from '@grovekv/kv-core/testing';
import { Level } from 'level';
import { afterAll, describe, it } from 'vitest';
import { publishReport } from '../../../scripts/conformance/conformance-results.js';
import { levelDriver } from '../src/index.js';
import { newFolder } from './support.js';
import { withoutGetSync } from './without-get-sync.js';

const report = conformanceReport();
const path = newFolder();

// In real time, by several drivers on one path.
driverConformance({
  describe,
  it,
  name: 'level',
  create: () => levelDriver({ path }),
  report: report.add,
});

driverConformance({
  describe,
  it,
  name: 'level, portable',
  create: () => portable(levelDriver({ path })),
  report: report.add,
});

const clock = createManualClock();
const synced = newFolder();

driverConformance({
  describe,
  it,
  name: 'level, sync, on an injected clock',
  manyKeys: 20_000,
  create: () => levelDriver({ path: synced, sync: true, clock }),
  clock,
  advance: (ms) => clock.advance(ms),
  report: report.add,
});

const db = withoutGetSync(new Level(newFolder()));

driverConformance({
  describe,
  it,
  name: 'level, an injected database that only reads asynchronously',
  manyKeys: 20_000,
  create: () => levelDriver({ db }),
  report: report.add,
});

const outer = new Level(newFolder());
const sublevel = outer.sublevel<string, unknown>('part', { valueEncoding: 'json' });

driverConformance({
  describe,
  it,
  name: 'level, an injected sublevel',
  manyKeys: 20_000,
  create: () => levelDriver({ db: sublevel }),
  report: report.add,
});

afterAll(async () => {
  await Promise.all([db.close(), outer.close()]);
  publishReport(report);
});
