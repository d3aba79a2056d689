import { conformanceReport, driverConformance } from '@grovekv/conformance';
import { createManualClock, portable } from '@grovekv/kv-core/testing';
import { open } from 'lmdb';
import { afterAll, describe, it } from 'vitest';
import { publishReport } from '../../../scripts/conformance/conformance-results.js';
import { lmdbDriver } from '../src/index.js';
import { newFolder } from './support.js';

const report = conformanceReport();
const path = newFolder();

// In real time, by several clients on one file.
driverConformance({
  describe,
  it,
  name: 'lmdb',
  create: () => lmdbDriver({ path }),
  report: report.add,
});

driverConformance({
  describe,
  it,
  name: 'lmdb, portable',
  create: () => portable(lmdbDriver({ path })),
  report: report.add,
});

const clock = createManualClock();
const fast = newFolder();

driverConformance({
  describe,
  it,
  name: 'lmdb, crash-safe, on an injected clock',
  create: () => lmdbDriver({ path: fast, durability: 'crash-safe', clock }),
  clock,
  advance: (ms) => clock.advance(ms),
  report: report.add,
});

const database = open({ path: newFolder(), overlappingSync: false });

driverConformance({
  describe,
  it,
  name: 'lmdb, an injected database',
  create: () => lmdbDriver({ database }),
  report: report.add,
});

afterAll(async () => {
  await database.close();
  publishReport(report);
});
