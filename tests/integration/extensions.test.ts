import { conformanceReport, counterConformance, lockConformance } from '@grovekv/conformance';
import { createCounter } from '@grovekv/ext-counter';
import { createLock } from '@grovekv/ext-lock';
import { afterAll, describe, it } from 'vitest';
import { drivers } from './drivers.js';
import { hookStack } from './hook-stack.js';

const report = conformanceReport();

for (const driver of drivers) {
  for (const hooks of [undefined, hookStack('extensions')]) {
    const options = {
      ...driver,
      name: hooks ? `${driver.name}, encrypted` : driver.name,
      ...(hooks ? { hooks } : {}),
      describe,
      it,
      report: report.add,
    };
    counterConformance({
      ...options,
      createCounter: (store, name, settings) => createCounter(store, name, settings),
      createExactCounter: (store, name) => createCounter(store, name, { exactRetries: true }),
    });
    lockConformance({
      ...options,
      createLock: (store, name, settings) => createLock(store, name, settings),
    });
  }
}

afterAll(() => console.info(report.toString()));
