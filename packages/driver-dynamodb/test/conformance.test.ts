import {
  conformanceReport,
  counterConformance,
  driverConformance,
  lockConformance,
} from '@grovekv/conformance';
import { portable } from '@grovekv/kv-core/testing';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { publishReport } from '../../../scripts/conformance/conformance-results.js';
import { type FaultProxy, startFaultProxy } from '../../../scripts/services/fault-proxy.js';
import { outageOf } from '../../../tests/support/outage.js';
import { createCounter } from '../../ext-counter/src/index.js';
import { createLock } from '../../ext-lock/src/index.js';
import { dynamodbDriver } from '../src/index.js';
import { at, shared } from './support.js';
import { type Endpoint, hasTransactions, startTransactions } from './transactions.js';

const { endpoint } = shared();
let transactions: Endpoint | undefined;
let proxy: FaultProxy;

beforeAll(async () => {
  if (!(await hasTransactions(endpoint))) transactions = await startTransactions(endpoint);
  proxy = await startFaultProxy(transactions?.port ?? Number(new URL(endpoint).port));
});

const report = conformanceReport();

// Each delete that tells whether the key was there is a request of its own: dynalite answers 800/s.
const manyKeys = 2_000;

driverConformance({
  name: 'dynamodb',
  describe,
  it,
  create: () => dynamodbDriver(at(`http://127.0.0.1:${proxy.port}`)),
  manyKeys,
  outage: outageOf(() => proxy),
  report: report.add,
});

driverConformance({
  name: 'dynamodb, portable',
  describe,
  it,
  create: () => portable(dynamodbDriver(at(`http://127.0.0.1:${proxy.port}`))),
  manyKeys,
  report: report.add,
});

counterConformance({
  name: 'dynamodb',
  describe,
  it,
  create: () => dynamodbDriver(shared()),
  createCounter,
  createExactCounter: (store, name) => createCounter(store, name, { exactRetries: true }),
});

lockConformance({
  name: 'dynamodb',
  describe,
  it,
  create: () => dynamodbDriver(shared()),
  createLock,
});

afterAll(async () => {
  await proxy.close();
  await transactions?.close();
  publishReport(report);
});
