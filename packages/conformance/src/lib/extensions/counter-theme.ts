import type { Store } from '@grovekv/kv-core';
import { equal, fail, ok, rejects, show } from '../assert/assert.js';
import { faultyStoresOfBothWays } from '../faults/faulty-stores.js';
import { checkLinearizable } from '../linearizability/check-linearizable.js';
import { HistoryRecorder, type Model } from '../linearizability/history.js';
import { expectCounter, faultMixes, tally } from '../suite/tally.js';
import type { TestContext } from '../suite/test-context.js';
import type { ConformanceTest, Theme } from '../suite/theme.js';
import type { CounterConformanceOptions, CounterUnderTest } from './counter-conformance.js';

const { MAX_SAFE_INTEGER: MAX, MIN_SAFE_INTEGER: MIN } = Number;

/** The test that needs `createExactCounter`. */
export const EXACT_RETRIES = 'additions with an opId, repeated until acknowledged, count once each';

type CounterInput =
  | { readonly type: 'add'; readonly by: number; readonly min?: number; readonly max?: number }
  | { readonly type: 'get' | 'reset' }
  | { readonly type: 'set'; readonly value: number }
  | { readonly type: 'compareAndSet'; readonly expected: number; readonly next: number };

const counterModel: Model<number, CounterInput, unknown> = {
  initial: () => 0,
  step(state, input) {
    switch (input.type) {
      case 'add': {
        const { min = MIN, max = MAX } = input;
        const next = state + input.by;
        const applied = next >= min && next <= max;
        const value = applied ? next : state;
        return { state: value, output: { value, applied } };
      }
      case 'get':
        return { state, output: state };
      case 'set':
        return { state: input.value, output: null };
      case 'reset':
        return { state: 0, output: state };
      case 'compareAndSet': {
        const applied = state === input.expected;
        const value = applied ? input.next : state;
        return { state: value, output: { value, applied } };
      }
    }
  },
};

function randomInput({ random }: TestContext, unique: () => number): CounterInput {
  const kind = random.int(0, 9);
  if (kind < 5) {
    const bounds = random.chance(0.3) ? { min: -2_000, max: 2_000_000 } : {};
    return { type: 'add', by: random.int(-500, 1_000), ...bounds };
  }
  if (kind < 7) return { type: 'get' };
  if (kind < 8) return { type: 'reset' };
  if (kind < 9) return { type: 'set', value: unique() };
  return { type: 'compareAndSet', expected: 0, next: unique() };
}

async function perform(counter: CounterUnderTest, input: CounterInput): Promise<unknown> {
  switch (input.type) {
    case 'add': {
      const { min, max } = input;
      const { value, applied } = await counter.add(input.by, { min, max });
      return { value, applied };
    }
    case 'set':
      await counter.set(input.value);
      return null;
    case 'compareAndSet': {
      const { value, applied } = await counter.compareAndSet(input.expected, input.next);
      return { value, applied };
    }
    default:
      return counter[input.type]();
  }
}

/** Stores on several clients, native and portable. */
async function mixedStores({ clients, store, portableStore }: TestContext): Promise<Store[]> {
  const drivers = await clients(2);
  return drivers.flatMap((driver) => [store(driver), portableStore(driver)]);
}

/** The tests of counters, for counters made by the options. */
export function counterTheme(options: CounterConformanceOptions): Theme {
  const { createCounter, createExactCounter } = options;
  const tests: ConformanceTest[] = [
    {
      name: 'a random sequence equals its model',
      async run(context) {
        const counter = createCounter(context.store(), context.key());
        let state = counterModel.initial();
        let next = 10_000;
        const unique = (): number => {
          next += 1;
          return next;
        };
        for (let step = 0; step < 200; step += 1) {
          const input = randomInput(context, unique);
          const after = counterModel.step(state, input);
          equal(await perform(counter, input), after.output, `step ${step}: ${show(input)}`);
          state = after.state;
        }
        equal(await counter.get(), state, 'in the end');
      },
    },
    {
      name: 'additions from several clients each have their own value',
      async run(context) {
        const stores = await mixedStores(context);
        const counters = stores.flatMap((store) =>
          Array.from({ length: 8 }, () => createCounter(store, context.key())),
        );
        const result = await tally(counters, 10, async (counter) => (await counter.add()).value);
        equal(result.acknowledged.length, 320, 'acknowledged');
        const end = await (counters[0] as CounterUnderTest).get();
        equal(end, 320, 'in the end');
        expectCounter(end, result);
      },
    },
    {
      name: 'a bound holds, and a refused addition takes nothing',
      async run(context) {
        const stores = await mixedStores(context);
        const results = await Promise.all(
          Array.from({ length: 80 }, (_, index) =>
            createCounter(stores[index % stores.length] as Store, context.key()).add(1, {
              max: 25,
            }),
          ),
        );
        const values = results.flatMap(({ applied, value }) => (applied ? [value] : []));
        const expected = Array.from({ length: 25 }, (_, index) => index + 1);
        equal(
          values.sort((a, b) => a - b),
          expected,
          'the applied ones',
        );
      },
    },
    {
      name: 'every addition is before a reset or after it',
      async run(context) {
        const stores = await mixedStores(context);
        const taken = await Promise.all(
          stores.map(async (store) => {
            const counter = createCounter(store, context.key());
            let sum = 0;
            for (let index = 0; index < 40; index += 1) {
              if (index % 5 === 4) sum += await counter.reset();
              else await counter.add(1);
            }
            return sum;
          }),
        );
        const rest = await createCounter(stores[0] as Store, context.key()).get();
        const total = taken.reduce((sum, value) => sum + value, rest);
        equal(total, stores.length * 32, 'what the resets answered, and the rest');
      },
    },
    {
      name: 'of many compare-and-sets from one value one wins',
      async run(context) {
        const stores = await mixedStores(context);
        await createCounter(stores[0] as Store, context.key()).set(7);
        const results = await Promise.all(
          Array.from({ length: 40 }, (_, index) =>
            createCounter(stores[index % stores.length] as Store, context.key()).compareAndSet(
              7,
              100 + index,
            ),
          ),
        );
        const won = results.filter(({ applied }) => applied);
        equal(won.length, 1, 'winners');
        const end = await createCounter(stores[0] as Store, context.key()).get();
        equal(end, won[0]?.value, 'the stored value');
      },
    },
    {
      name: 'what is refused changes nothing',
      async run(context) {
        const counter = createCounter(context.store(), context.key());
        await counter.set(5);
        for (const by of [Number.NaN, 0.5, 2 ** 53, '1', null, {}] as number[]) {
          await rejects(() => counter.add(by), 'INVALID_ARGUMENT', `add ${show(by)}`);
          await rejects(() => counter.set(by), 'INVALID_ARGUMENT', `set ${show(by)}`);
        }
        await rejects(() => counter.add(MAX), 'OUT_OF_RANGE', 'beyond the safe integers');
        equal(await counter.get(), 5, 'the value');
      },
    },
    {
      name: 'a ttl counts from creation, and then counting begins anew',
      async run(context) {
        const ttlMs = 400;
        const counter = createCounter(context.store(), context.key(), { ttlMs });
        const start = context.now();
        await counter.add(3);
        const { value } = await counter.add(4);
        if (context.now() - start < ttlMs - context.tickMs) equal(value, 7, 'before it expires');
        await context.pass(ttlMs + Math.min(context.lateMs, 6_000) + 1);
        if (context.lateMs <= 6_000) equal(await counter.get(), 0, 'afterwards');
        if (context.lateMs <= 6_000) equal((await counter.add(1)).value, 1, 'and anew');
      },
    },
    {
      name: 'random concurrent programs are linearizable',
      async run(context) {
        const stores = await mixedStores(context);
        let next = 1_000_000;
        const unique = (): number => {
          next += 10_000;
          return next;
        };
        for (let round = 0; round < 3; round += 1) {
          const recorder = new HistoryRecorder<CounterInput, unknown>();
          const name = context.key(`history${round}`);
          await Promise.all(
            stores.map(async (store, client) => {
              const counter = createCounter(store, name);
              for (let index = 0; index < 25; index += 1) {
                const input = randomInput(context, unique);
                const call = () => perform(counter, input);
                await recorder.record(client, input, call, (error) => fail(show(error)));
              }
            }),
          );
          const { verdict } = checkLinearizable(recorder.operations, counterModel);
          equal(verdict, 'linearizable', `the history of ${name}`);
        }
      },
    },
    ...faultMixes.map(
      ({ name, faults, mayHappen }): ConformanceTest => ({
        name: `under ${name} each acknowledged addition counts once`,
        async run(context) {
          const stores = await faultyStoresOfBothWays(context, 4, faults);
          const result = await tally(stores, 40, async (store) => {
            const { value } = await createCounter(store, context.key()).add();
            return value;
          });
          const end = await createCounter(context.store(), context.key()).get();
          expectCounter(end, result, mayHappen);
        },
      }),
    ),
    {
      name: EXACT_RETRIES,
      async run(context) {
        ok(createExactCounter, 'the option createExactCounter is given');
        const stores = await faultyStoresOfBothWays(context, 4, faultMixes[2].faults);
        const result = await tally(stores, 25, async (store, number) => {
          const counter = createExactCounter(store, context.key());
          for (let tries = 0; tries < 50; tries += 1) {
            try {
              return (await counter.add(1, { opId: `operation ${number}` })).value;
            } catch {
              // Repeated on purpose: that is what an opId is for.
            }
          }
          return fail('50 tries in a row failed');
        });
        const end = await createExactCounter(context.store(), context.key()).get();
        equal(end, 100, 'in the end');
        const values = new Set(result.acknowledged.map(({ value }) => value));
        equal(values.size, 100, 'distinct results');
        ok(
          [...values].every((value) => value >= 1 && value <= 100),
          'from 1 to 100',
        );
      },
    },
  ];
  return { name: 'counter', tests };
}
