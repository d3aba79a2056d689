import type { ConformanceResult } from './result.js';

/** Collects results of any number of drivers and shows them as a table. */
export interface ConformanceReport {
  /** Pass it as the option `report`. */
  readonly add: (result: ConformanceResult) => void;
  readonly results: readonly ConformanceResult[];
  /** Themes down, drivers across, in Markdown; below it every test that did not run, and why. */
  toString(): string;
}

/** A new, empty report. */
export function conformanceReport(): ConformanceReport {
  const results: ConformanceResult[] = [];
  return {
    add: (result) => void results.push(result),
    results,
    toString: () => [...table(results), '', ...notRun(results)].join('\n').trimEnd(),
  };
}

function table(results: readonly ConformanceResult[]): string[] {
  const drivers = [...new Set(results.map(({ driver }) => driver))];
  const themes = [...new Set(results.map(({ theme }) => theme))];
  const rows = themes.map((theme) => [
    theme,
    ...drivers.map((driver) =>
      cell(results.filter((result) => result.theme === theme && result.driver === driver)),
    ),
  ]);
  const all = [['theme', ...drivers], ...rows];
  const widths = ['theme', ...drivers].map((_, column) =>
    Math.max(...all.map((row) => (row[column] ?? '').length)),
  );
  const line = (row: readonly string[]): string =>
    `| ${row.map((text, column) => text.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [line(all[0] ?? []), rule, ...rows.map(line)];
}

function cell(results: readonly ConformanceResult[]): string {
  const count = (status: ConformanceResult['status']): number =>
    results.filter((result) => result.status === status).length;
  const parts = (['failed', 'passed', 'not supported', 'skipped'] as const)
    .filter((status) => count(status) > 0)
    .map((status) => `${count(status)} ${status === 'failed' ? 'FAILED' : status}`);
  return parts.join(', ') || '–';
}

function notRun(results: readonly ConformanceResult[]): string[] {
  return results
    .filter(({ status }) => status === 'skipped' || status === 'not supported')
    .map(
      ({ driver, theme, test, status, reason }) =>
        `- ${driver} › ${theme} › ${test}: ${status} (${reason})`,
    );
}
