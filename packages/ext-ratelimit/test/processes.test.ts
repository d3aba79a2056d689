import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { kinds, place } from './drivers.js';
import { Program } from './processes.js';

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
  let programs: Program[];

  beforeEach(async () => {
    ({ address, remove } = await place(kind));
    programs = [];
  });

  afterEach(() => {
    for (const program of programs) program.stop();
    remove();
  });

  function run(name: string, ...args: readonly number[]): Program {
    const namespace = `ratelimit-test-${randomUUID()}`;
    const program = new Program(name, [kind, address, namespace, ...args.map(String)]);
    programs.push(program);
    return program;
  }

  it('64 callers each on one key: in no window more than the limit, and nine tenths of it used', async () => {
    const namespace = `ratelimit-test-${randomUUID()}`;
    const args = [LIMIT, WINDOW_MS, 64, WINDOW_MS * WINDOWS].map(String);
    for (let index = 0; index < 4; index += 1) {
      programs.push(new Program('callers', [kind, address, namespace, ...args]));
    }
    for (const program of programs) expect(await program.message(0)).toBe('ready');
    for (const program of programs) program.start();
    for (const program of programs) expect(await program.ended, program.errors).toBe(0);
    const told = programs.map((program) => program.told[1] as Told);
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
    const quiet = run('quiet');
    expect(await quiet.ended, quiet.errors).toBe(0);
    expect(quiet.told).toEqual(['done']);
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
