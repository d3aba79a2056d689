import { existsSync, readFileSync } from 'node:fs';

/** How many tests went how. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/** Reads what vitest's JSON reporter wrote; all zero where vitest did not come that far. */
export function readTotals(path: string): Totals {
  if (!existsSync(path)) return { passed: 0, failed: 0, skipped: 0 };
  const report = JSON.parse(readFileSync(path, 'utf8')) as VitestReport;
  // A file that could not be loaded has no failed test in it, and is a failure all the same.
  const broken = report.testResults.filter(
    (file) =>
      file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** The last line of `npm test`. A failure outside the tests counts as one. */
export function totalsLine({ passed, failed, skipped }: Totals, allPassed: boolean): string {
  const failures = allPassed ? failed : Math.max(1, failed);
  return `${passed} passed, ${failures} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}
