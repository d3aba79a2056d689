import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type ConformanceResult, conformanceReport } from '../../packages/conformance/src/index.js';
import { conformanceSummary, publishReport, RESULTS_DIR } from './conformance-results.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'grovekv-results-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  rmSync(dir, { recursive: true });
});

function report(driver: string, ...results: Partial<ConformanceResult>[]) {
  const all = conformanceReport();
  const usual = { driver, theme: 'basics', test: 't', status: 'passed', seed: 1, durationMs: 1 };
  for (const result of results) all.add({ ...usual, ...result } as ConformanceResult);
  return all;
}

test('a suite alone prints its table; in a run of all it stands in one table, with what did not run', () => {
  const print = vi.spyOn(console, 'info').mockImplementation(() => undefined);
  const circular = new Error('broken');
  circular.cause = circular;
  const redis = report(
    'redis',
    {},
    { theme: 'scan', status: 'not supported', reason: 'traits.scan is unordered' },
    { theme: 'ttl', status: 'failed', error: circular },
  );
  vi.stubEnv(RESULTS_DIR, '');
  publishReport(redis);
  expect(print).toHaveBeenCalledWith(redis.toString());

  vi.stubEnv(RESULTS_DIR, dir);
  print.mockClear();
  publishReport(redis);
  publishReport(report('lmdb', {}, {}));
  publishReport(report('lmdb, portable', {}));
  expect(print).not.toHaveBeenCalled();
  const lines = conformanceSummary(dir)
    .split('\n')
    .map((line) => line.replace(/ +/g, ' '));
  expect(lines).toEqual([
    'Conformance, driver by theme:',
    '| theme | lmdb | redis |',
    expect.stringContaining('---'),
    '| basics | 2 passed | 1 passed |',
    '| scan | – | 1 not supported |',
    '| ttl | – | 1 FAILED |',
    '',
    '- redis › scan › t: not supported (traits.scan is unordered)',
    '- memory: NOT RUN',
    '- level: NOT RUN',
    '- memcached: NOT RUN',
    '- dynamodb: NOT RUN',
    '',
    'Variants of them:',
    '| theme | lmdb, portable |',
    expect.stringContaining('---'),
    '| basics | 1 passed |',
  ]);
});
