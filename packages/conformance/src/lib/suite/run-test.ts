import type { Driver } from '@grovekv/kv-core/driver';
import type { ConformanceOptions } from './options.js';
import type { ConformanceResult } from './result.js';
import { TestContext } from './test-context.js';
import type { ConformanceTest, Need, Theme } from './theme.js';

/** Runs one test and reports it; rejects if it fails, with the seed in the message. */
export async function runTest(
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
      sortedSet: !driver.sortedSet && 'the driver has no sortedSet',
      versionOf: !driver.versionOf && 'the driver has no versionOf',
      scan: scan === 'none' && 'traits.scan is none',
      'ordered scan': scan !== 'ordered' && `traits.scan is ${scan}`,
      commit: commit === false && 'traits.commit is false',
      durable: durability !== 'durable' && `traits.durability is ${durability}`,
      'several clients': options.oneClient && 'the option oneClient is set',
      'plain store': (options.hooks?.length ?? 0) > 0 && 'the stores have hooks',
      'real time': options.advance && 'the clock is injected',
      outage: !options.outage && 'the option outage is not given',
    }[need];
    if (!reason) continue;
    const byOptions = ['several clients', 'plain store', 'real time', 'outage'].includes(need);
    return { status: byOptions ? 'skipped' : 'not supported', reason };
  }
  return undefined;
}

function withSeed(error: unknown, seed: number): unknown {
  if (!(error instanceof Error)) return error;
  const hint = `(to repeat: seed ${seed})`;
  if (!error.message.includes(hint)) error.message += `\n${hint}`;
  return error;
}
