import { equal, ok } from '../assert/assert.js';
import { put, read, readText, remove, utf8, versionOf } from '../suite/probe.js';
import type { Theme } from '../suite/theme.js';

export const basics: Theme = {
  name: 'basics',
  tests: [
    {
      name: 'the traits and the methods agree',
      async run({ driver, traits }) {
        equal(driver.contract, 1, 'contract');
        ok(typeof traits.name === 'string' && traits.name !== '', 'traits.name is a name');
        ok(traits.ttlResolutionMs >= 0, 'traits.ttlResolutionMs is 0 or more');
        ok(traits.maxKeyBytes >= 64, 'traits.maxKeyBytes has room for a prefix');
        ok(traits.maxValueBytes >= 1_024, 'traits.maxValueBytes is at least a kilobyte');
        equal(driver.scan !== undefined, traits.scan !== 'none', 'has scan, and declares it');
        equal(driver.commit !== undefined, traits.commit !== false, 'has commit, and declares it');
        ok(['server', 'client'].includes(traits.expiryClock), 'traits.expiryClock');
        ok(['durable', 'volatile'].includes(traits.durability), 'traits.durability');
      },
    },
    {
      name: 'what was never stored is undefined',
      async run({ driver, key }) {
        equal(await read(driver, key()), undefined, 'get');
        equal(await read(driver, key(), true), undefined, 'get with ttl');
      },
    },
    {
      name: 'what was put is read, and replaced by the next put',
      async run({ driver, key }) {
        const k = key();
        equal((await put(driver, k, 'one')).applied, true, 'first put');
        equal(await readText(driver, k), 'one', 'after the first put');
        equal((await put(driver, k, 'second')).applied, true, 'second put');
        equal(await readText(driver, k), 'second', 'after the second put');
      },
    },
    {
      name: 'delete removes, and applies on a missing key too',
      async run({ driver, key }) {
        const k = key();
        await put(driver, k, 'one');
        equal((await remove(driver, k)).applied, true, 'delete');
        equal(await read(driver, k), undefined, 'after delete');
        equal((await remove(driver, k)).applied, true, 'delete of a missing key');
      },
    },
    {
      name: 'the version that a put answers with is the stored one',
      async run({ driver, key }) {
        for (const value of ['a', '', '12']) {
          const result = await put(driver, key(), value);
          ok(result.applied, 'the put applied');
          const stored = await versionOf(driver, key());
          if (result.version !== undefined) equal(result.version, stored, 'version');
          equal(await versionOf(driver, key()), stored, 'version read again');
        }
      },
    },
    {
      name: 'a second client sees what the first wrote',
      async run({ driver, key, client }) {
        const other = await client();
        for (let round = 0; round < 5; round += 1) {
          for (const [writer, reader] of [
            [driver, other],
            [driver, other],
            [other, driver],
            [other, driver],
          ] as const) {
            const value = `${round} ${Math.random()}`;
            await put(writer, key(), value);
            equal(await readText(reader, key()), value, 'read by the other client');
            equal(await readText(writer, key()), value, 'read by the writer');
          }
        }
        await remove(driver, key());
        equal(await read(other, key()), undefined, 'after delete by the first client');
      },
    },
    {
      name: 'bytes that were handed over do not change',
      async run({ driver, key, client }) {
        const given = utf8('original');
        await put(driver, key(), given);
        const entries = await Promise.all(Array.from({ length: 20 }, () => read(driver, key())));
        const other = await client();
        for (let index = 0; index < 20; index += 1) {
          await put(other, key(), String(index).repeat(8));
          await read(driver, key());
          await read(driver, key('other'));
        }
        equal(given, utf8('original'), 'the bytes given');
        for (const entry of entries) equal(entry?.value, utf8('original'), 'bytes read earlier');
      },
    },
    {
      name: 'calls that the traits call synchronous answer, now or later',
      async run({ driver, traits, key, call }) {
        const value = utf8('x');
        const write = { type: 'put', key: key(), condition: 'any', value, ttl: 'none' } as const;
        const calls = {
          get: () => driver.get([key()], { ...call, ttl: false }),
          write: () => driver.write([write], call),
        };
        for (const name of traits.synchronous ?? []) {
          ok(Array.isArray(await calls[name]()), `${name} answers with a list`);
        }
      },
    },
    {
      name: 'what a caller does to its bytes afterwards never reaches the store',
      async run({ store, key }) {
        const { raw } = store();
        const given = utf8('original');
        await raw.set(key(), given);
        given.fill(0);
        equal(await raw.get(key()), utf8('original'), 'after the caller changed what it gave');
        (await raw.get(key()))?.fill(0);
        equal(await raw.get(key()), utf8('original'), 'after the caller changed what it got');
        (await raw.getEntry(key()))?.value.fill(0);
        (await raw.getMany([key()]))[0]?.fill(0);
        await raw.update(key(), (bytes) => {
          bytes?.fill(0);
          return { keep: true, result: undefined };
        });
        equal(await raw.get(key()), utf8('original'), 'after the caller changed all it got');
        await raw.update(key(), () => ({ put: given, result: undefined }));
        given.fill(1);
        equal(await raw.get(key()), new Uint8Array(8), 'after the caller changed what update put');
      },
    },
    {
      name: 'of a view only its own bytes are stored',
      async run({ driver, key }) {
        const buffer = utf8('0123456789');
        await put(driver, key(), buffer.subarray(3, 6));
        equal(await readText(driver, key()), '345', 'stored');
      },
    },
    {
      name: 'the store sets, reads, tests and deletes',
      async run({ store, key }) {
        const s = store();
        const k = key();
        equal(await s.get(k), undefined, 'get of nothing');
        equal(await s.has(k), false, 'has of nothing');
        equal(await s.getEntry(k), undefined, 'getEntry of nothing');
        equal(await s.set(k, { name: 'a' }), true, 'set');
        equal(await s.get(k), { name: 'a' }, 'get');
        equal(await s.has(k), true, 'has');
        const entry = await s.getEntry(k);
        equal(entry?.value, { name: 'a' }, 'getEntry');
        equal(entry?.ttlMs, undefined, 'ttl of what never expires');
        equal(await s.ttl(k), Number.POSITIVE_INFINITY, 'ttl');
        equal(await s.delete(k), true, 'delete');
        equal(await s.delete(k), false, 'delete of nothing');
        equal(await s.get(k), undefined, 'get after delete');
        equal(await s.deleteMany([key('x'), key('y')]), 0, 'deleteMany of nothing');
        ok((await s.ping()) >= 0, 'ping answers with a time');
        equal(s.capabilities.name.length > 0, true, 'capabilities');
      },
    },
    {
      name: 'the store explains how each verb runs',
      async run({ store, traits }) {
        for (const verb of ['get', 'write', 'increment', 'mutate'] as const) {
          const { via, reason } = store().explain(verb);
          ok(['native', 'local', 'portable'].includes(via), `${verb} runs ${via}`);
          ok(reason !== '', `${verb} has a reason`);
        }
        equal(store().explain('scan').via === 'unsupported', traits.scan === 'none', 'scan');
        equal(store().explain('commit').via === 'unsupported', traits.commit === false, 'commit');
      },
    },
  ],
};
