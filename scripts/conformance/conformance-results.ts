import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ConformanceReport,
  type ConformanceResult,
  conformanceReport,
} from '../../packages/conformance/src/index.js';

/** Where the suites of one run of all tests leave their results. Not set: each prints its own. */
export const RESULTS_DIR = 'GROVEKV_CONFORMANCE_RESULTS';

/** The drivers that the whole table is about; others are variants of them. */
const DRIVERS = ['memory', 'lmdb', 'level', 'redis', 'memcached', 'dynamodb'];

/** Prints the results of a suite, or leaves them for the table of all. */
export function publishReport(report: ConformanceReport): void {
  const dir = process.env[RESULTS_DIR];
  if (!dir) {
    console.info(report.toString());
    return;
  }
  const results = report.results.map(({ error: _, ...result }) => result);
  writeFileSync(join(dir, `${randomUUID()}.json`), JSON.stringify(results));
}

/** What the suites of a run have left, as text: a table of the drivers, one of their variants. */
export function conformanceSummary(dir: string): string {
  const results = readdirSync(dir)
    .filter((name) => name.endsWith('.json'))
    .flatMap((name) => JSON.parse(readFileSync(join(dir, name), 'utf8')) as ConformanceResult[]);
  const seen = new Set(results.map(({ driver }) => driver));
  const missing = DRIVERS.filter((driver) => !seen.has(driver));
  const variants = [...seen].filter((driver) => !DRIVERS.includes(driver)).sort();
  return [
    'Conformance, driver by theme:',
    tableOf(results, DRIVERS),
    ...missing.map((driver) => `- ${driver}: NOT RUN`),
    ...(variants.length > 0 ? ['', 'Variants of them:', tableOf(results, variants)] : []),
  ].join('\n');
}

function tableOf(results: readonly ConformanceResult[], drivers: readonly string[]): string {
  const report = conformanceReport();
  for (const driver of drivers) {
    for (const result of results) if (result.driver === driver) report.add(result);
  }
  return report.toString();
}
