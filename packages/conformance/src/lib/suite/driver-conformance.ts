import type { ConformanceOptions } from './options.js';
import { planConformance, TEST_TIMEOUT_MS } from './run-conformance.js';
import { themeNames } from './theme.js';

/** The two functions that every test runner has: vitest, node:test, jest, mocha, bun … */
export interface TestRunner {
  describe(name: string, body: () => void): unknown;
  /** The third argument is a time limit in milliseconds; runners that do not know it ignore it. */
  it(name: string, body: () => Promise<void>, timeoutMs?: number): unknown;
}

/**
 * Registers the whole suite for a driver with a test runner: one `describe` for each theme. What the
 * traits do not declare is printed as not supported, and what `skip` names as skipped.
 */
export function driverConformance(options: ConformanceOptions & TestRunner): void {
  const { describe, it } = options;
  const tests = planConformance(options);
  describe(`${options.name} conforms`, () => {
    for (const theme of themeNames) {
      const own = tests.filter((test) => test.theme === theme);
      if (own.length === 0) continue;
      describe(theme, () => {
        for (const test of own) {
          it(
            test.name,
            async () => {
              await test.run();
            },
            TEST_TIMEOUT_MS,
          );
        }
      });
    }
  });
}
