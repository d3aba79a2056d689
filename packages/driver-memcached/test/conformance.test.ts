import { conformanceReport, driverConformance } from '@grovekv/conformance';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { publishReport } from '../../../scripts/conformance/conformance-results.js';
import { type FaultProxy, startFaultProxy } from '../../../scripts/services/fault-proxy.js';
import { type Server, startMemcached } from '../../../scripts/services/servers.js';
import { outageOf } from '../../../tests/support/outage.js';
import { memcachedDriver } from '../src/index.js';

const servers = process.env.MEMCACHED_SERVERS as string;

let proxy: FaultProxy;
let second: Server;

beforeAll(async () => {
  proxy = await startFaultProxy(Number(servers.split(':')[1]));
  second = await startMemcached();
});

const report = conformanceReport();

driverConformance({
  name: 'memcached',
  describe,
  it,
  create: () => memcachedDriver({ servers: `127.0.0.1:${proxy.port}` }),
  outage: outageOf(() => proxy),
  report: report.add,
});

driverConformance({
  name: 'memcached, two servers',
  describe,
  it,
  create: () => memcachedDriver({ servers: [servers, second.url] }),
  skip: { ttl: 'run on one server' },
  report: report.add,
});

afterAll(async () => {
  await proxy.close();
  await second.stop();
  publishReport(report);
});
