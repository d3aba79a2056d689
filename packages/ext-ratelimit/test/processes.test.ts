import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ChildProgram, runTogether } from '../../../tests/support/child.js';
import { kinds, place } from '../../../tests/support/shared-drivers.js';

const folder = fileURLToPath(new URL('.', import.meta.url));
const LIMIT = 500;
const WINDOW_MS = 1_200;
const WINDOWS = 10;

interface Told {
  readonly admissions: readonly (readonly [called: number, returned: number])[];
  readonly calls: number;
}

describe.each(kinds)('four processes on %s', (kind) => {
  let address: string;
  let remove: () => void;
  let children: ChildProgram[];

  beforeEach(async () => {
    ({ address, remove } = await place(kind));
    children = [];
  });

  afterEach(async () => {
    await Promise.all(children.map((child) => child.kill()));
    remove();
  });

  function run(name: string, namespace: string, ...args: readonly number[]): ChildProgram {
    const child = new ChildProgram({ folder }, name, [
      kind,
      address,
      namespace,
      ...args.map(String),
    ]);
    children.push(child);
    return child;
  }

  it('64 callers each on one key: in no window more than the limit, and nine tenths of it used', async () => {
    const namespace = `ratelimit-test-${randomUUID()}`;
    const args = [LIMIT, WINDOW_MS, 64, WINDOW_MS * WINDOWS];
    for (let index = 0; index < 4; index += 1) run('callers', namespace, ...args);
    await runTogether(children);
    const told = await Promise.all(children.map((child) => child.message<Told>(1)));
    const all = told.flatMap(({ admissions }) => admissions);
    expect(mostInAnyWindow(all)).toBeLessThanOrEqual(LIMIT);
    const calls = told.reduce((sum, one) => sum + one.calls, 0);
    expect(calls).toBeGreaterThan(LIMIT * WINDOWS * 1.5);
    const used = meanOfWindows(all) / LIMIT;
    console.info(`${kind}: ${used.toFixed(3)} of the limit used`);
    expect(used).toBeGreaterThanOrEqual(0.9);
    for (const { admissions } of told) expect(admissions.length).toBeGreaterThan(0);
  }, 120_000);

  it('nothing keeps a process alive', async () => {
    const quiet = run('quiet', `ratelimit-test-${randomUUID()}`);
    await quiet.finished();
    expect(quiet.messages()).toEqual(['done']);
  }, 30_000);
});

/** The most that was admitted for certain within any half-open window: called and answered within it. */
function mostInAnyWindow(all: readonly (readonly [number, number])[]): number {
  const byCall = [...all].sort(([one], [other]) => one - other);
  let most = 0;
  for (let first = 0; first < byCall.length; first += 1) {
    const end = byCall[first]![0] + WINDOW_MS;
    let sum = 0;
    for (let at = first; at < byCall.length && byCall[at]![0] < end; at += 1) {
      if (byCall[at]![1] < end) sum += 1;
    }
    most = Math.max(most, sum);
  }
  return most;
}

/** What a window holds on the average, wherever it begins. */
function meanOfWindows(all: readonly (readonly [number, number])[]): number {
  const times = all.map(([, returned]) => returned);
  const [first, last] = [Math.min(...times), Math.max(...times) - WINDOW_MS];
  const starts = Array.from({ length: 500 }, (_, index) => first + ((last - first) * index) / 500);
  const held = starts.map((start) => times.filter((at) => at >= start && at < start + WINDOW_MS));
  return held.reduce((sum, { length }) => sum + length, 0) / starts.length;
}
