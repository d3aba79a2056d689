import {
  type ConformanceResult,
  conformanceReport,
  counterConformance,
  driverConformance,
} from '@grovekv/conformance';
import { createStore } from '@grovekv/kv-core';
import { isKvError } from '@grovekv/kv-core/driver';
import { createManualClock, portable } from '@grovekv/kv-core/testing';
import { createCounter } from 'counter-under-test';
import { levelDriver } from '../../src/index.js';

/** What the page has found out. */
export interface PageResult {
  readonly results: readonly (Omit<ConformanceResult, 'error'> & { readonly error?: string })[];
  readonly table: string;
  readonly hasNode: boolean;
}

/** What of a test runner the suites need, in a page. */
const tests: { readonly name: string; readonly body: () => Promise<void> }[] = [];
const runner = {
  describe: (_name: string, body: () => void): void => body(),
  it: (name: string, body: () => Promise<void>): void => void tests.push({ name, body }),
};

async function runSuites(): Promise<PageResult> {
  const report = conformanceReport();
  // 100,000 keys would take IndexedDB a minute.
  const options = { ...runner, report: report.add, log: () => {}, manyKeys: 2_000 };
  const create = () => levelDriver({ path: 'real-time' });
  driverConformance({ ...options, name: 'indexeddb', create });
  const clock = createManualClock();
  driverConformance({
    ...options,
    name: 'indexeddb, portable, on an injected clock',
    create: () => portable(levelDriver({ path: 'manual', clock })),
    clock,
    advance: (ms) => clock.advance(ms),
  });
  counterConformance({
    ...options,
    name: 'counters on indexeddb',
    create,
    createCounter: (store, name, settings) => createCounter(store, name, settings),
    createExactCounter: (store, name) => createCounter(store, name, { exactRetries: true }),
  });
  for (const { body } of tests) await body().catch(() => {});
  const results = report.results.map(({ error, ...result }) => ({
    ...result,
    ...(error === undefined ? {} : { error: String(error) }),
  }));
  return { results, table: report.toString(), hasNode: 'process' in globalThis };
}

const kept = createStore({ driver: levelDriver({ path: 'kept' }) });

/** Adds to a counter that outlives the page. Answers its value, or why not. */
async function visit(): Promise<string> {
  try {
    return String((await kept.increment('visits')).value);
  } catch (error) {
    return isKvError(error) ? `${error.code} ${error.outcome}` : String(error);
  }
}

Object.assign(globalThis, { runSuites, visit });
