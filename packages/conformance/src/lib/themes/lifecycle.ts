import { equal, rejects } from '../assert/assert.js';
import { put, read, readText, remove, utf8 } from '../suite/probe.js';
import type { Theme } from '../suite/theme.js';

export const lifecycle: Theme = {
  name: 'lifecycle',
  tests: [
    {
      name: 'concurrent first calls share one connecting',
      async run({ client, key }) {
        const driver = await client();
        const writes = Array.from({ length: 20 }, (_, index) => put(driver, key(`f${index}`), 'x'));
        await Promise.all(writes);
        const reads = Array.from({ length: 20 }, (_, index) => readText(driver, key(`f${index}`)));
        equal(await Promise.all(reads), new Array(20).fill('x'), 'what was written');
      },
    },
    {
      name: 'close is idempotent, and closes what was never used',
      async run({ client, key, driver }) {
        const used = await client();
        await put(used, key(), 'x');
        await Promise.all([used.close(), used.close()]);
        await used.close();
        if (used !== driver) await (await client()).close();
      },
    },
    {
      name: 'after close every call rejects with CLOSED',
      async run({ client, key, call }) {
        const driver = await client();
        await put(driver, key(), 'x');
        await driver.close();
        await rejects(() => read(driver, key()), 'CLOSED', 'get');
        await rejects(() => read(driver, key('missing')), 'CLOSED', 'get of a missing key');
        await rejects(() => put(driver, key(), 'y'), 'CLOSED', 'put');
        await rejects(() => remove(driver, key()), 'CLOSED', 'delete');
        const one = { key: key(), by: 1, min: -9, max: 9 };
        const value = utf8('y');
        const write = { type: 'put', key: key(), condition: 'any', value, ttl: 'none' } as const;
        const optional: readonly [string, (() => unknown) | undefined][] = [
          ['increment', driver.increment && (() => driver.increment?.([one], call))],
          [
            'mutate',
            driver.mutate && (() => driver.mutate?.([{ key: key(), apply: () => write }], call)),
          ],
          ['commit', driver.commit && (() => driver.commit?.([], [write], call))],
          ['scan', driver.scan && (() => driver.scan?.({ prefix: key(), limit: 10 }, call))],
        ];
        for (const [name, run] of optional) {
          if (run) await rejects(async () => firstOf(await run()), 'CLOSED', name);
        }
      },
    },
    {
      name: 'closing one client leaves the others',
      needs: ['several clients'],
      async run({ driver, client, key }) {
        const other = await client();
        await put(other, key(), 'x');
        await other.close();
        equal(await readText(driver, key()), 'x', 'read by the first client');
        equal((await put(driver, key(), 'y')).applied, true, 'put by the first client');
        equal(await readText(await client(), key()), 'y', 'read by a new client');
      },
    },
    {
      name: 'what was acknowledged survives closing all clients',
      needs: ['durable'],
      async run({ driver, options, key }) {
        await put(driver, key(), 'kept');
        await put(driver, key('ttl'), 'kept', { ttl: 600_000 });
        await driver.close();
        const again = await options.create();
        try {
          equal(await readText(again, key()), 'kept', 'read after reopening');
          const left = (await read(again, key('ttl'), true))?.ttlMs ?? 0;
          equal(left > 0 && left <= 600_000 + again.traits.ttlResolutionMs, true, 'its ttl');
        } finally {
          await again.close();
        }
      },
    },
    {
      name: 'the store refuses everything after close, and close again is fine',
      async run({ store, client, key }) {
        const s = store(await client());
        await s.set(key(), 1);
        await Promise.all([s.close(), s.close()]);
        await s[Symbol.asyncDispose]();
        const set = { type: 'set', key: key(), value: 1 } as const;
        const verbs: Record<string, () => Promise<unknown>> = {
          get: () => s.get(key()),
          getEntry: () => s.getEntry(key()),
          getMany: () => s.getMany([key()]),
          has: () => s.has(key()),
          set: () => s.set(key(), 1),
          setMany: () => s.setMany([[key(), 1]]),
          delete: () => s.delete(key()),
          deleteMany: () => s.deleteMany([key()]),
          ttl: () => s.ttl(key()),
          expire: () => s.expire(key(), 1_000),
          persist: () => s.persist(key()),
          increment: () => s.increment(key()),
          update: () => s.update(key(), () => ({ put: 1, result: 1 })),
          batch: () => s.batch([set]),
          ping: () => s.ping(),
          'a view': () => s.namespace('x').get(key()),
        };
        if (s.capabilities.commit) verbs.atomic = () => s.atomic({ writes: [set] });
        if (s.capabilities.scan !== 'none') verbs.keys = () => s.keys().next();
        for (const [name, run] of Object.entries(verbs)) await rejects(run, 'CLOSED', name);
      },
    },
    {
      name: 'the store’s close waits for what is in flight',
      needs: ['several clients'],
      async run({ store, driver, client, key }) {
        const s = store(await client());
        const writes = Array.from({ length: 50 }, (_, index) => s.set(key(`w${index}`), index));
        const adding = s.increment(key('n'), 3);
        const closing = s.close();
        equal(await Promise.all(writes), new Array(50).fill(true), 'the writes');
        equal(await adding, { value: 3, applied: true }, 'the increment');
        await closing;
        const observer = store(driver);
        equal(await observer.get(key('w49')), 49, 'read by another client');
        equal(await observer.get(key('n')), 3, 'the counter read by another client');
      },
    },
  ],
};

/** An answer that is a list of errors rejects with the first. */
function firstOf(answer: unknown): unknown {
  if (Array.isArray(answer) && answer[0] instanceof Error) throw answer[0];
  return answer;
}
