import type { Store } from '@grovekv/kv-core';
import { equal, ok } from '../assert/assert.js';
import { type FaultOptions, faultyDriver } from '../faults/faulty-driver.js';
import { faultyStoresOfBothWays } from '../faults/faulty-stores.js';
import { expectCounter, faultMixes, tally } from '../suite/tally.js';
import type { ConformanceTest, Theme } from '../suite/theme.js';
import { checkHistories, driverActor, runProgram, storeActor } from './program.js';

const FAULTS: FaultOptions = {
  conflictRate: 0.1,
  refusedRate: 0.05,
  lostReplyRate: 0.06,
  lostRequestRate: 0.06,
  delayMs: [0, 3],
};

export const faults: Theme = {
  name: 'faults',
  tests: [
    ...faultMixes.map(
      ({ name, faults, mayHappen }): ConformanceTest => ({
        name: `increments under ${name} count each acknowledged call once`,
        async run(context) {
          const stores = await faultyStoresOfBothWays(context, 4, faults);
          const add = async (s: Store): Promise<number> => (await s.increment(context.key())).value;
          const result = await tally(stores, 40, add);
          expectCounter(await context.store().get(context.key()), result, mayHappen);
        },
      }),
    ),
    ...faultMixes.map(
      ({ name, faults, mayHappen }): ConformanceTest => ({
        name: `updates under ${name} count each acknowledged call once`,
        async run(context) {
          const stores = await faultyStoresOfBothWays(context, 4, faults);
          const result = await tally(stores, 40, (s) =>
            s.update<number, number>(context.key(), (n) => ({
              put: (n ?? 0) + 1,
              result: (n ?? 0) + 1,
            })),
          );
          expectCounter(await context.store().get(context.key()), result, mayHappen);
        },
      }),
    ),
    {
      name: 'idempotent updates are settled: none is in doubt, each happened once',
      async run(context) {
        const stores = await faultyStoresOfBothWays(context, 3, { ...FAULTS, refusedRate: 0 });
        const result = await tally(stores, 30, (s, nonce) =>
          s.update<number[], number>(
            context.key(),
            (list = []) =>
              list.includes(nonce)
                ? { keep: true, result: nonce }
                : { put: [...list, nonce], result: nonce },
            { idempotent: true },
          ),
        );
        equal(result.inDoubt.length, 0, 'in doubt');
        const list = (await context.store().get<number[]>(context.key())) ?? [];
        const sort = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);
        equal(
          sort(list),
          sort(result.acknowledged.map(({ value }) => value)),
          'what happened, and what was acknowledged',
        );
      },
    },
    {
      name: 'what was refused never happened',
      async run(context) {
        const stores = await faultyStoresOfBothWays(context, 3, { refusedRate: 0.3 });
        const result = await tally(
          stores,
          40,
          async (s) => (await s.increment(context.key())).value,
        );
        equal(result.inDoubt.length, 0, 'in doubt');
        ok(result.refused > 0, 'some calls were refused');
        equal(await context.store().get(context.key()), result.acknowledged.length, 'in the end');
      },
    },
    {
      name: 'random concurrent programs under faults are linearizable',
      async run(context) {
        const faults = { ...FAULTS, conflictRate: 0, delayMs: [0, 2] as const };
        const drivers = await context.clients(3);
        const faulty = drivers.map((driver) =>
          faultyDriver(driver, { ...faults, seed: context.random.int(0, 2 ** 31) }),
        );
        checkHistories(await runProgram(context, faulty.map(driverActor), 'driver-'));
        const stores = await faultyStoresOfBothWays(context, 3, faults);
        checkHistories(await runProgram(context, stores.map(storeActor), 'store-'));
      },
    },
  ],
};
