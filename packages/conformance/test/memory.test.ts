import { compression, encryption, namespace } from '@grovekv/kv-core/hooks';
import { memoryDriver } from '@grovekv/kv-core/memory';
import { createManualClock, portable } from '@grovekv/kv-core/testing';
import { afterAll, describe, it } from 'vitest';
import { publishReport } from '../../../scripts/conformance/conformance-results.js';
import { conformanceReport, driverConformance } from '../src/index.js';

const report = conformanceReport();
const log = (): void => {};

const clock = createManualClock();
driverConformance({
  name: 'memory',
  describe,
  it,
  create: () => memoryDriver({ clock }),
  oneClient: true,
  clock,
  advance: (ms) => clock.advance(ms),
  report: report.add,
  log,
});

driverConformance({
  name: 'memory, portable',
  describe,
  it,
  create: () => portable(memoryDriver()),
  oneClient: true,
  report: report.add,
  log,
});

driverConformance({
  name: 'memory, with hooks',
  manyKeys: 20_000, // Each value is encrypted by itself.
  describe,
  it,
  create: () => memoryDriver(),
  oneClient: true,
  hooks: [
    namespace('app'),
    compression({ thresholdBytes: 64 }),
    encryption({ keys: [{ id: 'k1', key: crypto.getRandomValues(new Uint8Array(32)) }] }),
  ],
  report: report.add,
  log,
});

afterAll(() => publishReport(report));
