import { describe, expect, it } from 'vitest';
import { freshSeed, Random } from '../src/lib/random/random.js';
import {
  checkLinearizable,
  HistoryRecorder,
  type KeyInput,
  type KeyOutput,
  keyModel,
  type Operation,
} from '../src/linearizability.js';

type KeyOperation = Operation<KeyInput, KeyOutput>;

/** All orders, one by one: each definite operation in, each in doubt in or out. */
function bruteForce(operations: readonly KeyOperation[]): boolean {
  const search = (rest: readonly KeyOperation[], state: string | null): boolean => {
    if (rest.every((operation) => operation.return === undefined)) return true;
    return rest.some((next) => {
      const blocked = rest.some(
        (other) => other !== next && other.return !== undefined && other.return < next.call,
      );
      if (blocked) return false;
      const { state: after, output } = keyModel.step(state, next.input);
      if (next.return !== undefined && output !== next.output) return false;
      return search(
        rest.filter((other) => other !== next),
        after,
      );
    });
  };
  return search(operations, null);
}

function randomInput(random: Random): KeyInput {
  const value = String(random.int(1, 3));
  const from = String(random.int(1, 3));
  return random.pick<KeyInput>([
    { type: 'get' },
    { type: 'get' },
    { type: 'set', value },
    { type: 'set if absent', value },
    { type: 'set if present', value },
    { type: 'swap', from, value },
    { type: 'delete' },
    { type: 'delete if', from },
    { type: 'increment', by: random.int(1, 2) },
  ]);
}

/** Runs operations at random moments within random intervals, then may spoil one answer. */
function randomHistory(random: Random, size: number, doubt: number): KeyOperation[] {
  const plans = Array.from({ length: size }, () => {
    const call = random.int(0, 20);
    const end = call + random.int(0, 12);
    return { call, end, at: call + random.next() * (end - call), input: randomInput(random) };
  });
  let state: string | null = null;
  const history: KeyOperation[] = [];
  for (const { call, end, at, input } of [...plans].sort((a, b) => a.at - b.at)) {
    const inDoubt = random.chance(doubt);
    if (inDoubt && random.chance(0.5)) {
      history.push({ call, input });
      continue;
    }
    // In doubt and done: it may as well happen after its interval.
    const done = keyModel.step(state, input);
    state = done.state;
    history.push(
      inDoubt
        ? { call: Math.min(call, at), input }
        : { call, return: end, input, output: done.output },
    );
  }
  if (random.chance(0.6)) {
    const index = random.int(0, history.length - 1);
    const operation = history[index] as KeyOperation;
    const output = random.pick<KeyOutput>([null, '1', '2', '3', true, false]);
    if (operation.return !== undefined) history[index] = { ...operation, output };
  }
  return random.shuffle(history);
}

describe('checkLinearizable', () => {
  const seed = freshSeed();

  it(`agrees with brute force on small random histories (seed ${seed})`, () => {
    const random = new Random(seed);
    const verdicts = { linearizable: 0, violation: 0, unknown: 0 };
    for (let round = 0; round < 4_000; round += 1) {
      const history = randomHistory(random, random.int(2, 7), random.pick([0, 0.2, 0.5]));
      const { verdict } = checkLinearizable(history, keyModel);
      verdicts[verdict] += 1;
      const expected = bruteForce(history) ? 'linearizable' : 'violation';
      expect(verdict, JSON.stringify(history)).toBe(expected);
    }
    expect(verdicts.linearizable).toBeGreaterThan(500);
    expect(verdicts.violation).toBeGreaterThan(500);
  });

  it('finds a lost update', () => {
    const result = checkLinearizable<string | null, KeyInput, KeyOutput>(
      [
        { call: 0, return: 10, input: { type: 'increment', by: 1 }, output: '1' },
        { call: 0, return: 10, input: { type: 'increment', by: 1 }, output: '1' },
      ],
      keyModel,
    );
    expect(result.verdict).toBe('violation');
    expect(result.longest).toHaveLength(1);
  });

  it('finds a stale read', () => {
    const operations: KeyOperation[] = [
      { call: 0, return: 1, input: { type: 'set', value: '1' }, output: true },
      { call: 2, return: 3, input: { type: 'set', value: '2' }, output: true },
      { call: 4, return: 5, input: { type: 'get' }, output: '1' },
    ];
    expect(checkLinearizable(operations, keyModel).verdict).toBe('violation');
    const concurrent = operations.map((operation) => ({ ...operation, return: 9 }));
    expect(checkLinearizable(concurrent, keyModel).verdict).toBe('linearizable');
  });

  it('lets an operation in doubt happen late, once, or never', () => {
    const doubt: KeyOperation = { call: 0, input: { type: 'increment', by: 5 } };
    const get = (call: number, output: string | null): KeyOperation => ({
      call,
      return: call + 1,
      input: { type: 'get' },
      output,
    });
    const check = (...operations: KeyOperation[]): string =>
      checkLinearizable(operations, keyModel).verdict;
    expect(check(doubt, get(10, null))).toBe('linearizable');
    expect(check(doubt, get(10, null), get(20, '5'))).toBe('linearizable');
    expect(check(doubt, get(10, '5'), get(20, null))).toBe('violation');
    expect(check(doubt, get(10, '10'))).toBe('violation');
    expect(check(doubt, doubt, get(10, '10'))).toBe('linearizable');
    expect(check({ ...doubt, call: 11.5 }, get(10, '5'))).toBe('violation');
  });

  it('is quick on a counter of 1,000 operations with 2 % in doubt', () => {
    const random = new Random(seed);
    const operations: KeyOperation[] = [];
    let value = 0;
    for (let index = 0; index < 1_000; index += 1) {
      const call = index * 10;
      const input: KeyInput = { type: 'increment', by: 1 };
      if (random.chance(0.02)) {
        if (random.chance(0.5)) value += 1;
        operations.push({ call, input });
      } else {
        value += 1;
        operations.push({ call, return: call + random.int(1, 60), input, output: String(value) });
      }
    }
    const { verdict, steps } = checkLinearizable(operations, keyModel);
    expect(verdict).toBe('linearizable');
    expect(steps).toBeLessThan(1_000_000);
  });

  it('says unknown, not right, when it runs out of steps', () => {
    const operations = Array.from(
      { length: 12 },
      (_, index): KeyOperation => ({
        call: 0,
        return: 10,
        input: { type: 'set', value: String(index) },
        output: true,
      }),
    );
    const wrong: KeyOperation = { call: 20, return: 21, input: { type: 'get' }, output: 'none' };
    const { verdict } = checkLinearizable([...operations, wrong], keyModel, { maxSteps: 1_000 });
    expect(verdict).toBe('unknown');
  });

  it('records calls, doubts, and no definite failures', async () => {
    let now = 0;
    const recorder = new HistoryRecorder<string, number>(() => {
      now += 1;
      return now;
    });
    const inDoubt = (error: unknown): boolean => error === 'doubt';
    await recorder.record(1, 'a', async () => 7, inDoubt);
    await recorder.record(2, 'b', () => Promise.reject('doubt'), inDoubt);
    await recorder.record(3, 'c', () => Promise.reject('never'), inDoubt);
    expect(recorder.operations).toEqual([
      { client: 1, input: 'a', call: 1, return: 2, output: 7 },
      { client: 2, input: 'b', call: 3 },
    ]);
  });
});
