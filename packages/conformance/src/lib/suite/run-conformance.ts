import { freshSeed } from '../random/random.js';
import { themes as driverThemes } from '../themes/themes.js';
import type { ConformanceOptions } from './options.js';
import type { ConformanceResult } from './result.js';
import { runTest } from './run-test.js';
import type { Theme } from './theme.js';

/** A test bound to a driver: `run` rejects if it fails, after it was reported. */
export interface PlannedTest {
  readonly theme: string;
  readonly name: string;
  run(): Promise<ConformanceResult>;
}

/** A suite for one driver as a list, to be handed to a test runner. */
export function planConformance(
  options: ConformanceOptions,
  themes: readonly Theme[] = driverThemes,
): PlannedTest[] {
  const seed = options.seed ?? freshSeed();
  const wanted: readonly string[] | undefined = options.themes;
  return themes
    .filter((theme) => !wanted || wanted.includes(theme.name))
    .flatMap((theme) =>
      theme.tests.map((test) => ({
        theme: theme.name,
        name: test.name,
        run: () => runTest(options, theme, test, seed),
      })),
    );
}

/**
 * Runs the suite without a test runner, one test after the other, and answers with what became of each.
 * Never rejects because a test failed.
 */
export async function runConformance(options: ConformanceOptions): Promise<ConformanceResult[]> {
  const results: ConformanceResult[] = [];
  const report = (result: ConformanceResult): void => {
    results.push(result);
    options.report?.(result);
  };
  for (const test of planConformance({ ...options, report })) await test.run().catch(() => {});
  return results;
}
