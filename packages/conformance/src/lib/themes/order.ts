import type { Store } from '@grovekv/kv-core';
import { equal } from '../assert/assert.js';
import type { Random } from '../random/random.js';
import type { TestContext } from '../suite/test-context.js';
import type { Theme } from '../suite/theme.js';

/** A call whose answer and effect on one key are known beforehand. Values are integers. */
interface Step {
  readonly name: string;
  /** Issues the call; not awaited before the next. */
  issue(store: Store, key: string): Promise<unknown>;
  /** What one key comes to, and what the call answers. */
  model(value: number | undefined): {
    readonly value: number | undefined;
    readonly answer: unknown;
  };
}

function randomStep(random: Random): Step {
  const n = random.int(1, 1_000);
  const steps: readonly Step[] = [
    {
      name: 'get',
      issue: (store, key) => store.get(key),
      model: (value) => ({ value, answer: value }),
    },
    {
      name: 'has',
      issue: (store, key) => store.has(key),
      model: (value) => ({ value, answer: value !== undefined }),
    },
    {
      name: `set ${n}`,
      issue: (store, key) => store.set(key, n),
      model: () => ({ value: n, answer: true }),
    },
    {
      name: `set ${n} if absent`,
      issue: (store, key) => store.set(key, n, { if: 'absent' }),
      model: (value) => ({ value: value ?? n, answer: value === undefined }),
    },
    {
      name: `set ${n} if present`,
      issue: (store, key) => store.set(key, n, { if: 'present' }),
      model: (value) => ({ value: value && n, answer: value !== undefined }),
    },
    {
      name: 'delete',
      issue: (store, key) => store.delete(key),
      model: (value) => ({ value: undefined, answer: value !== undefined }),
    },
    {
      name: `increment by ${n}`,
      issue: async (store, key) => (await store.increment(key, n)).value,
      model: (value) => ({ value: (value ?? 0) + n, answer: (value ?? 0) + n }),
    },
    {
      name: `update by ${n}`,
      issue: (store, key) =>
        store.update<number, string>(key, (current) => ({
          put: (current ?? 0) + n,
          result: `had ${current}`,
        })),
      model: (value) => ({ value: (value ?? 0) + n, answer: `had ${value}` }),
    },
    {
      name: 'update that deletes',
      issue: (store, key) =>
        store.update(key, (current) => ({ delete: true, result: current ?? null })),
      model: (value) => ({ value: undefined, answer: value ?? null }),
    },
    {
      name: `setMany ${n}`,
      issue: (store, key) =>
        store.setMany([
          [key, n + 1],
          [`${key}:beside`, n],
          [key, n],
        ]),
      model: () => ({ value: n, answer: [true, true, true] }),
    },
    {
      name: 'getMany',
      issue: (store, key) => store.getMany([key, key]),
      model: (value) => ({ value, answer: [value, value] }),
    },
    {
      name: 'expire',
      issue: (store, key) => store.expire(key, 600_000),
      model: (value) => ({ value, answer: value !== undefined }),
    },
  ];
  return random.pick(steps);
}

async function runProgram(context: TestContext, store: Store, name: string): Promise<void> {
  const { random, key } = context;
  const keys = [key(`${name}1`), key(`${name}2`), key(`${name}3`)];
  const values = new Map<string, number | undefined>();
  const calls: { what: string; answer: Promise<unknown>; expected: unknown }[] = [];
  const view = store.with({});
  for (let index = 0; index < 60; index += 1) {
    const k = random.pick(keys);
    const step = randomStep(random);
    const { value, answer } = step.model(values.get(k));
    values.set(k, value);
    const issued = step.issue(random.chance(0.2) ? view : store, k);
    calls.push({ what: `call ${index}: ${step.name} of ${k}`, answer: issued, expected: answer });
    if (random.chance(0.1)) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  const answers = await Promise.all(calls.map((call) => call.answer));
  for (const [index, call] of calls.entries()) equal(answers[index], call.expected, call.what);
  for (const k of keys) equal(await store.get(k), values.get(k), `${k} in the end`);
}

export const order: Theme = {
  name: 'order',
  tests: [
    {
      name: 'un-awaited calls on one key take effect as they were issued',
      async run({ store, key }) {
        const s = store();
        const answers = await Promise.all([
          s.set(key(), 1),
          s.get(key()),
          s.set(key(), 2),
          s.get(key()),
          s.delete(key()),
          s.get(key()),
          s.increment(key(), 5),
          s.increment(key(), 5),
          s.get(key()),
          s.update<number, number>(key(), (n) => ({ put: (n ?? 0) * 2, result: n ?? -1 })),
          s.has(key()),
          s.set(key(), 'end', { if: 'present' }),
          s.getEntry(key()).then((entry) => entry?.value),
        ]);
        equal(
          answers,
          [
            true,
            1,
            true,
            2,
            true,
            undefined,
            { value: 5, applied: true },
            { value: 10, applied: true },
            10,
            10,
            true,
            true,
            'end',
          ],
          'answers',
        );
      },
    },
    {
      name: 'of many un-awaited sets the last stays',
      async run({ store, key }) {
        const s = store();
        for (let round = 0; round < 10; round += 1) {
          for (let index = 0; index < 20; index += 1) void s.set(key(), `${round}.${index}`);
          equal(await s.get(key()), `${round}.19`, `round ${round}`);
        }
      },
    },
    {
      name: 'random un-awaited programs equal their model',
      async run(context) {
        for (let round = 0; round < 8; round += 1) {
          await runProgram(context, context.store(), `native${round}-`);
        }
      },
    },
    {
      name: 'random un-awaited programs equal their model, the portable way',
      async run(context) {
        for (let round = 0; round < 4; round += 1) {
          await runProgram(context, context.portableStore(), `portable${round}-`);
        }
      },
    },
    {
      name: 'an atomic commit stands in the line of each of its keys',
      needs: ['commit'],
      async run({ store, key }) {
        const s = store();
        const [a, b] = [key('{t}a'), key('{t}b')];
        const answers = await Promise.all([
          s.set(a, 1),
          s.set(b, 1),
          s.atomic({
            checks: [{ key: a, if: 'present' }],
            writes: [{ type: 'set', key: b, value: 2 }],
          }),
          s.get(b),
          s.delete(a),
          s.atomic({
            checks: [{ key: a, if: 'present' }],
            writes: [{ type: 'set', key: b, value: 3 }],
          }),
          s.get(b),
        ]);
        equal(answers, [true, true, true, 2, true, false, 2], 'answers');
      },
    },
  ],
};
