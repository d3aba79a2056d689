import { isKvError } from '@grovekv/kv-core';
import type { WriteResult } from '@grovekv/kv-core/driver';
import { memoryDriver } from '@grovekv/kv-core/memory';
import { describe, expect, it } from 'vitest';
import { type FaultOptions, faultyDriver } from '../src/faults.js';
import { type ConformanceResult, conformanceReport, runConformance } from '../src/index.js';
import { put, readText } from '../src/lib/suite/probe.js';
import { mutants, ReferenceDatabase } from '../src/mutants.js';

const mutant = mutants.find(({ name }) => name === 'keys are normalised');

function resultsOf(options: { seed?: number; skip?: Record<string, string> } = {}) {
  const database = new ReferenceDatabase();
  const log: string[] = [];
  const create = () => mutant?.connect(database) as never;
  const run = runConformance({
    name: 'mutant',
    create,
    themes: ['keys'],
    log: (line) => log.push(line),
    ...options,
  });
  return run.then((results) => ({ results, log }));
}

describe('the suite', () => {
  it('tells the seed of a failure, and repeats it', async () => {
    const first = await resultsOf();
    const failed = first.results.find(({ test }) => test === 'random keys are distinct');
    expect(failed?.error).toBeInstanceOf(Error);
    const message = String(failed?.error).replace('ConformanceError: ', '');
    expect(message).toContain(`seed ${failed?.seed}`);
    const again = await resultsOf({ seed: failed?.seed as number });
    const same = again.results.find(({ test }) => test === 'random keys are distinct');
    expect(same?.error).toMatchObject({ message });
  });

  it('prints every skip with its reason', async () => {
    const { results, log } = await resultsOf({
      skip: { 'keys: random keys are distinct': 'a known limit' },
    });
    const skipped = results.filter(({ status }) => status === 'skipped');
    expect(skipped.map(({ test }) => test)).toEqual(['random keys are distinct']);
    expect(log).toEqual(['mutant › keys › random keys are distinct: skipped (a known limit)']);
    const all = await resultsOf({ skip: { keys: 'not now' } });
    expect(all.log).toHaveLength(all.results.length);
  });

  it('shows drivers and themes in a table', () => {
    const report = conformanceReport();
    const result = (driver: string, theme: string, status: ConformanceResult['status']) =>
      report.add({ driver, theme, test: 'a test', status, reason: 'why', seed: 1, durationMs: 1 });
    result('one', 'basics', 'passed');
    result('one', 'scan', 'not supported');
    result('two', 'basics', 'failed');
    result('two', 'basics', 'passed');
    expect(report.toString()).toBe(
      [
        '| theme  | one             | two                |',
        '| ------ | --------------- | ------------------ |',
        '| basics | 1 passed        | 1 FAILED, 1 passed |',
        '| scan   | 1 not supported | –                  |',
        '',
        '- one › scan › a test: not supported (why)',
      ].join('\n'),
    );
  });
});

describe('faultyDriver', () => {
  async function faulty(options: FaultOptions) {
    const driver = memoryDriver();
    await put(driver, 'k', 'old');
    const result: WriteResult | Error = await put(
      faultyDriver(driver, { seed: 1, ...options }),
      'k',
      'new',
    ).catch((error: Error) => error);
    return { result, stored: await readText(driver, 'k') };
  }

  it('loses the reply of a write that was made', async () => {
    const { result, stored } = await faulty({ lostReplyRate: 1 });
    expect(isKvError(result, 'TIMEOUT') && result.outcome).toBe('unknown');
    expect(stored).toBe('new');
  });

  it('loses a request, and does not tell which of the two it was', async () => {
    const { result, stored } = await faulty({ lostRequestRate: 1 });
    expect(isKvError(result, 'TIMEOUT') && result.outcome).toBe('unknown');
    expect(stored).toBe('old');
  });

  it('refuses for certain', async () => {
    const { result, stored } = await faulty({ refusedRate: 1 });
    expect(isKvError(result, 'UNAVAILABLE') && result.outcome).toBe('none');
    expect(stored).toBe('old');
  });

  it('invents conflicts for versions only', async () => {
    expect(await faulty({ conflictRate: 1 })).toMatchObject({ result: { applied: true } });
    const driver = memoryDriver();
    const written = await put(driver, 'k', 'old');
    const version = (written.applied && written.version) || '';
    const flaky = faultyDriver(driver, { conflictRate: 1 });
    const result = await put(flaky, 'k', 'new', { if: { version } });
    expect(result).toEqual({ applied: false });
    expect(flaky.faults.conflicts).toBe(1);
    expect(await readText(driver, 'k')).toBe('old');
  });

  it('keeps the other answers of a batch in their places', async () => {
    const driver = memoryDriver();
    const flaky = faultyDriver(driver, { seed: 7, lostRequestRate: 0.3, lostReplyRate: 0.3 });
    const writes = Array.from({ length: 60 }, (_, index) => ({
      type: 'put' as const,
      key: `k${index}`,
      condition: 'absent' as const,
      value: new Uint8Array([index]),
      ttl: 'none' as const,
    }));
    await driver.write(
      writes.filter((_, index) => index % 2 === 0),
      { timeoutMs: 1_000 },
    );
    const results = await flaky.write(writes, { timeoutMs: 1_000 });
    results.forEach((result, index) => {
      if (isKvError(result)) expect(result.key).toBe(`k${index}`);
      else expect(result.applied, `k${index}`).toBe(index % 2 === 1);
    });
    const { lostReplies, lostRequests } = flaky.faults;
    expect(results.filter((result) => isKvError(result))).toHaveLength(lostReplies + lostRequests);
  });
});
