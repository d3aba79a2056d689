import { conformanceReport, type SuiteOptions, type TestRunner } from '@grovekv/conformance';
import { afterAll, describe, it } from 'vitest';
import { publishReport } from '../../../scripts/conformance/conformance-results.js';
import { drivers } from '../drivers.js';
import { hookStack } from '../hook-stack.js';

const variants = [
  { title: '', hooks: [] },
  { title: ', encrypted', hooks: hookStack('extensions') },
];

/** Registers the suite of an extension on all drivers, plain and encrypted. */
export function onAllDrivers(register: (options: SuiteOptions & TestRunner) => void): void {
  const report = conformanceReport();
  for (const { title, hooks } of variants) {
    for (const driver of drivers) {
      const name = `${driver.name}${title}`;
      register({ ...driver, name, hooks, describe, it, report: report.add });
    }
  }
  afterAll(() => publishReport(report));
}
