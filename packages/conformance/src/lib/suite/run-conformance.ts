import type { Driver } from '@grovekv/kv-core/driver';
import { freshSeed } from '../random/random.js';
import { themes } from '../themes/themes.js';
import type { ConformanceOptions } from './options.js';
import type { ConformanceResult } from './result.js';
import { TestContext } from './test-context.js';
import type { ConformanceTest, Need, Theme } from './theme.js';

/** A test bound to a driver: `run` rejects if it fails, after it was reported. */
export interface PlannedTest {
  readonly theme: Theme['name'];
  readonly name: string;
  run(): Promise<ConformanceResult>;
}

/** Longest that one test may take, for runners that want to know. */
export const TEST_TIMEOUT_MS = 60_000;

/** The suite for one driver as a list, to be handed to a test runner. */
export function planConformance(options: ConformanceOptions): PlannedTest[] {
  const seed = options.seed ?? freshSeed();
  return themes
    .filter((theme) => !options.themes || options.themes.includes(theme.name))
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

async function runTest(
  options: ConformanceOptions,
  theme: Theme,
  test: ConformanceTest,
  seed: number,
): Promise<ConformanceResult> {
  const start = performance.now();
  const end = (
    status: ConformanceResult['status'],
    more: { readonly reason?: string; readonly error?: unknown } = {},
  ): ConformanceResult => {
    const durationMs = performance.now() - start;
    const common = { driver: options.name, theme: theme.name, test: test.name };
    const result: ConformanceResult = { ...common, status, seed, durationMs, ...more };
    if (more.reason) {
      const log = options.log ?? console.info;
      log(`${options.name} › ${theme.name} › ${test.name}: ${status} (${more.reason})`);
    }
    options.report?.(result);
    return result;
  };

  const skip = options.skip?.[theme.name] ?? options.skip?.[`${theme.name}: ${test.name}`];
  if (skip) return end('skipped', { reason: skip });
  try {
    const context = await TestContext.open(options, seed);
    try {
      const unmet = firstUnmet(test.needs ?? [], context.driver, options);
      if (unmet) return end(unmet.status, { reason: unmet.reason });
      await test.run(context);
    } finally {
      await context.close();
    }
  } catch (error) {
    end('failed', { error });
    throw withSeed(error, seed);
  }
  return end('passed');
}

function firstUnmet(
  needs: readonly Need[],
  driver: Driver,
  options: ConformanceOptions,
): { readonly status: 'not supported' | 'skipped'; readonly reason: string } | undefined {
  const { scan, commit, durability } = driver.traits;
  for (const need of needs) {
    const reason = {
      increment: !driver.increment && 'the driver has no increment',
      mutate: !driver.mutate && 'the driver has no mutate',
      scan: scan === 'none' && 'traits.scan is none',
      'ordered scan': scan !== 'ordered' && `traits.scan is ${scan}`,
      commit: commit === false && 'traits.commit is false',
      durable: durability !== 'durable' && `traits.durability is ${durability}`,
      'several clients': options.oneClient && 'the option oneClient is set',
      'plain store': (options.hooks?.length ?? 0) > 0 && 'the stores have hooks',
      outage: !options.outage && 'the option outage is not given',
    }[need];
    if (!reason) continue;
    const optional = ['several clients', 'plain store', 'outage'].includes(need);
    return { status: optional ? 'skipped' : 'not supported', reason };
  }
  return undefined;
}

function withSeed(error: unknown, seed: number): unknown {
  if (!(error instanceof Error)) return error;
  const hint = `(to repeat: seed ${seed})`;
  if (!error.message.includes(hint)) error.message += `\n${hint}`;
  return error;
}
