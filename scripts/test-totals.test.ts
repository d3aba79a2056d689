import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readTotals, totalsLine } from './test-totals.js';

test('adds up tests, and a file that could not be loaded as one failure', () => {
  const dir = mkdtempSync(join(tmpdir(), 'grovekv-test-'));
  const path = join(dir, 'report.json');
  const report = {
    numPassedTests: 7,
    numFailedTests: 1,
    numPendingTests: 2,
    numTodoTests: 1,
    testResults: [
      { status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'passed' }] },
      { status: 'failed', assertionResults: [] },
      { status: 'passed', assertionResults: [{ status: 'passed' }] },
    ],
  };
  writeFileSync(path, JSON.stringify(report));
  expect(readTotals(path)).toEqual({ passed: 7, failed: 2, skipped: 3 });
  expect(readTotals(join(dir, 'none.json'))).toEqual({ passed: 0, failed: 0, skipped: 0 });
  rmSync(dir, { recursive: true });
});

test.each([
  [{ passed: 7, failed: 0, skipped: 0 }, true, '7 passed, 0 failed'],
  [{ passed: 7, failed: 2, skipped: 3 }, false, '7 passed, 2 failed, 3 skipped'],
  // A stage other than the tests failed.
  [{ passed: 0, failed: 0, skipped: 0 }, false, '0 passed, 1 failed'],
])('%j', (totals, passed, line) => {
  expect(totalsLine(totals, passed)).toBe(line);
});
