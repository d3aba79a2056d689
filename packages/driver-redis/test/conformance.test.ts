import { conformanceReport, driverConformance } from '@grovekv/conformance';
import { portable } from '@grovekv/kv-core/testing';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { publishReport } from '../../../scripts/conformance/conformance-results.js';
import { type FaultProxy, startFaultProxy } from '../../../scripts/services/fault-proxy.js';
import { outageOf } from '../../../tests/support/outage.js';
import { redisDriver } from '../src/index.js';

const url = process.env.REDIS_URL as string;
const cluster = (process.env.REDIS_CLUSTER as string).split(',').map((address) => {
  const [host, port] = address.split(':');
  return { host, port: Number(port) };
});
const maxValueBytes = 8 * 1024 * 1024;

let proxy: FaultProxy;

beforeAll(async () => {
  proxy = await startFaultProxy(Number(new URL(url).port));
});

const report = conformanceReport();

driverConformance({
  name: 'redis',
  describe,
  it,
  create: () => redisDriver({ url: `redis://127.0.0.1:${proxy.port}`, maxValueBytes }),
  outage: outageOf(() => proxy),
  report: report.add,
});

driverConformance({
  name: 'redis, portable',
  describe,
  it,
  create: () => portable(redisDriver({ url, maxValueBytes })),
  report: report.add,
});

driverConformance({
  name: 'redis cluster',
  manyKeys: 20_000, // Three servers share this machine.
  describe,
  it,
  create: () => redisDriver({ cluster, maxValueBytes }),
  report: report.add,
});

afterAll(async () => {
  await proxy.close();
  publishReport(report);
});
