import type { ConformanceOptions } from './options.js';
import { registerTests, type TestRunner } from './register-tests.js';
import { planConformance } from './run-conformance.js';

/**
 * Registers the whole suite for a driver with a test runner: one `describe` for each theme. What the
 * traits do not declare is printed as not supported, and what `skip` names as skipped.
 */
export function driverConformance(options: ConformanceOptions & TestRunner): void {
  registerTests(`${options.name} conforms`, options, planConformance(options));
}
