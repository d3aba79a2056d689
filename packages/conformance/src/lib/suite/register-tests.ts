import type { PlannedTest } from './run-conformance.js';

/** The two functions that every test runner has: vitest, node:test, jest, mocha, bun … */
export interface TestRunner {
  describe(name: string, body: () => void): unknown;
  /** The third argument is a time limit in milliseconds; runners that do not know it ignore it. */
  it(name: string, body: () => Promise<void>, timeoutMs?: number): unknown;
}

/** Longest that one test may take. */
const TEST_TIMEOUT_MS = 60_000;

/** Hands tests to a runner, one `describe` for each theme. */
export function registerTests(
  title: string,
  { describe, it }: TestRunner,
  tests: readonly PlannedTest[],
): void {
  describe(title, () => {
    for (const theme of new Set(tests.map((test) => test.theme))) {
      describe(theme, () => {
        for (const test of tests.filter((candidate) => candidate.theme === theme)) {
          const body = async (): Promise<void> => {
            await test.run();
          };
          it(test.name, body, TEST_TIMEOUT_MS);
        }
      });
    }
  });
}
