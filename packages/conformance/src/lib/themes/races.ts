import type { Store } from '@grovekv/kv-core';
import type { Driver, WriteResult } from '@grovekv/kv-core/driver';
import { equal, ok } from '../assert/assert.js';
import { add, put, read, readText, remove, utf8, versionOf } from '../suite/probe.js';
import type { Theme } from '../suite/theme.js';

const RACERS = 64;

/** So many calls at once, spread over the clients. */
function race<C, T>(
  clients: readonly C[],
  run: (client: C, racer: number) => Promise<T>,
): Promise<T[]> {
  return Promise.all(
    Array.from({ length: RACERS }, (_, racer) => run(clients[racer % clients.length] as C, racer)),
  );
}

function winners(results: readonly (WriteResult | boolean)[]): number[] {
  return results.flatMap((result, racer) =>
    (typeof result === 'boolean' ? result : result.applied) ? [racer] : [],
  );
}

/** Every result once, from 1 to their number, and the counter at the end. */
function expectExact(results: readonly number[], end: unknown): void {
  const sorted = [...results].sort((a, b) => a - b);
  const expected = Array.from({ length: results.length }, (_, index) => index + 1);
  equal(sorted, expected, 'the results');
  equal(end, results.length, 'in the end');
}

/** Adds one by reading and swapping until it applies. */
async function addBySwaps(driver: Driver, key: string): Promise<number> {
  for (let tries = 0; tries < 2_000; tries += 1) {
    const entry = await read(driver, key);
    const next = Number(entry ? new TextDecoder().decode(entry.value) : 0) + 1;
    const condition = entry ? { version: entry.version } : ('absent' as const);
    if ((await put(driver, key, String(next), { if: condition })).applied) return next;
  }
  throw new Error('2,000 compare-and-swaps lost in a row');
}

export const races: Theme = {
  name: 'races',
  tests: [
    {
      name: 'counters are exact and no value is given twice',
      async run({ stores, key }) {
        const all = await stores(3);
        for (let round = 0; round < 3; round += 1) {
          const k = key(`${round}`);
          const lists = await race(all, async (s) => {
            const values: number[] = [];
            for (let index = 0; index < 4; index += 1) values.push((await s.increment(k)).value);
            ok(
              values.every((value, index) => index === 0 || value > (values[index - 1] ?? 0)),
              `one caller’s values rise: ${values}`,
            );
            return values;
          });
          expectExact(lists.flat(), await (all[0] as Store).get(k));
        }
      },
    },
    {
      name: 'counters by the driver’s own increment are exact',
      needs: ['increment'],
      async run({ clients, key, driver }) {
        const drivers = await clients(3);
        const lists = await race(drivers, async (client) => {
          const values: number[] = [];
          for (let index = 0; index < 3; index += 1) {
            values.push((await add(client, key(), 1)).value);
          }
          return values;
        });
        expectExact(lists.flat(), Number(await readText(driver, key())));
      },
    },
    {
      name: 'counters by compare-and-swap are exact',
      async run({ clients, key, driver }) {
        const drivers = await clients(4);
        const lists = await Promise.all(
          drivers.map(async (client) => {
            const values: number[] = [];
            for (let index = 0; index < 25; index += 1)
              values.push(await addBySwaps(client, key()));
            return values;
          }),
        );
        expectExact(lists.flat(), Number(await readText(driver, key())));
      },
    },
    {
      name: 'of 64 compare-and-swaps from one version one wins',
      async run({ clients, key }) {
        const drivers = await clients(4);
        for (let round = 0; round < 5; round += 1) {
          const k = key(`${round}`);
          await put(drivers[0] as Driver, k, 'start');
          const version = await versionOf(drivers[0] as Driver, k);
          const results = await race(drivers, (driver, racer) =>
            put(driver, k, `racer ${racer}`, { if: { version } }),
          );
          const won = winners(results);
          equal(won.length, 1, `winners of round ${round}`);
          equal(await readText(drivers[0] as Driver, k), `racer ${won[0]}`, 'the stored value');
        }
      },
    },
    {
      name: 'of 64 puts if absent one wins',
      async run({ clients, stores, key }) {
        const drivers = await clients(4);
        for (let round = 0; round < 5; round += 1) {
          const k = key(`${round}`);
          const results = await race(drivers, (driver, racer) =>
            put(driver, k, `racer ${racer}`, { if: 'absent', ttl: 60_000 }),
          );
          const won = winners(results);
          equal(won.length, 1, `winners of round ${round}`);
          equal(await readText(drivers[0] as Driver, k), `racer ${won[0]}`, 'the stored value');
        }
        const all = await stores(4);
        const results = await race(all, (s, racer) => s.set(key('store'), racer, { if: 'absent' }));
        const won = winners(results);
        equal(won.length, 1, 'winners by the store');
        equal(await (all[0] as Store).get(key('store')), won[0], 'the value by the store');
      },
    },
    {
      name: 'of 64 deletes one wins',
      async run({ clients, key }) {
        const drivers = await clients(4);
        for (const how of ['present', 'version'] as const) {
          await put(drivers[0] as Driver, key(how), 'x');
          const version = await versionOf(drivers[0] as Driver, key(how));
          const condition = how === 'present' ? how : { version };
          const results = await race(drivers, (driver) => remove(driver, key(how), condition));
          equal(winners(results).length, 1, `winners by ${how}`);
          equal(await read(drivers[0] as Driver, key(how)), undefined, 'afterwards');
        }
      },
    },
    {
      name: 'a bound holds under a race',
      async run({ stores, portableStore, key }) {
        const all = [...(await stores(3)), portableStore()];
        const results = await race(all, (s) => s.increment(key(), 1, { max: 20 }));
        const values = results.flatMap(({ applied, value }) => (applied ? [value] : []));
        expectExact(values, await (all[0] as Store).get(key()));
        equal(values.length, 20, 'applied');
      },
    },
    {
      name: 'native and portable increments and updates on one key agree',
      async run({ clients, store, portableStore, key }) {
        const drivers = await clients(2);
        const all = drivers.flatMap((driver) => [store(driver), portableStore(driver)]);
        const lists = await race(all, async (s, racer) => {
          const values: number[] = [];
          for (let index = 0; index < 2; index += 1) {
            const value =
              racer % 3 === 0
                ? await s.update<number, number>(key(), (n) => ({
                    put: (n ?? 0) + 1,
                    result: (n ?? 0) + 1,
                  }))
                : (await s.increment(key())).value;
            values.push(value);
          }
          return values;
        });
        expectExact(lists.flat(), await (all[0] as Store).get(key()));
      },
    },
    {
      name: 'a value written in parts is never seen torn',
      async run({ clients, key }) {
        const drivers = await clients(3);
        const [writer, ...rest] = drivers as [Driver, ...Driver[]];
        const size = 2_000;
        await put(writer, key(), new Uint8Array(size).fill(1));
        const reading = rest.map(async (driver) => {
          for (let index = 0; index < 30; index += 1) {
            const { value = utf8('gone') } = (await read(driver, key())) ?? {};
            ok(value.length === size && value.every((byte) => byte === value[0]), 'a torn value');
          }
        });
        for (let byte = 2; byte < 32; byte += 1) {
          await put(writer, key(), new Uint8Array(size).fill(byte));
        }
        await Promise.all(reading);
      },
    },
  ],
};
