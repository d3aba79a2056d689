import { isKvError } from '@grovekv/kv-core';
import type { Driver, DriverCall, Entry, Write } from '@grovekv/kv-core/driver';
import { equal, ok, rejects } from '../assert/assert.js';
import { put, text, utf8 } from '../suite/probe.js';
import type { Theme } from '../suite/theme.js';

async function readMany(
  driver: Driver,
  keys: readonly string[],
  call: DriverCall,
): Promise<(Entry | undefined)[]> {
  const answers = await driver.get(keys, { ...call, ttl: false });
  equal(answers.length, keys.length, 'as many answers as keys');
  return answers.map((answer) => {
    if (isKvError(answer)) throw answer;
    return answer;
  });
}

async function writeMany(
  driver: Driver,
  writes: readonly Write[],
  call: DriverCall,
): Promise<boolean[]> {
  const answers = await driver.write(writes, call);
  equal(answers.length, writes.length, 'as many answers as writes');
  return answers.map((answer) => {
    if (isKvError(answer)) throw answer;
    return answer.applied;
  });
}

function putOf(key: string, value: string): Write {
  return { type: 'put', key, condition: 'any', value: utf8(value), ttl: 'none' };
}

export const batch: Theme = {
  name: 'batch',
  tests: [
    {
      name: 'answers stand in the order of the keys',
      async run({ driver, key, random, call }) {
        const all = Array.from({ length: 60 }, (_, index) => key(`k${index}`));
        const present = all.filter((_, index) => index % 3 !== 0);
        await writeMany(
          driver,
          present.map((k) => putOf(k, `value of ${k}`)),
          call,
        );
        for (let round = 0; round < 5; round += 1) {
          const keys = random.shuffle(all).slice(0, random.int(1, 60));
          const entries = await readMany(driver, keys, call);
          for (const [index, k] of keys.entries()) {
            const expected = present.includes(k) ? `value of ${k}` : undefined;
            equal(text(entries[index]?.value), expected, `answer ${index} of ${keys.length}`);
          }
        }
      },
    },
    {
      name: 'each write of a batch stands alone, results in order',
      async run({ driver, key, call }) {
        await put(driver, key('there'), 'old');
        await put(driver, key('gone'), 'old');
        await put(driver, key('ttl'), 'old');
        const value = utf8('new');
        const writes: readonly Write[] = [
          { type: 'put', key: key('there'), condition: 'absent', value, ttl: 'none' },
          { type: 'put', key: key('fresh'), condition: 'absent', value, ttl: 60_000 },
          { type: 'delete', key: key('gone'), condition: 'present' },
          { type: 'delete', key: key('never'), condition: 'present' },
          { type: 'touch', key: key('ttl'), condition: 'any', ttl: 60_000 },
          { type: 'touch', key: key('nothing'), condition: 'any', ttl: 60_000 },
          { type: 'put', key: key('any'), condition: 'any', value, ttl: 'keep' },
          { type: 'put', key: key('missing'), condition: 'present', value, ttl: 'none' },
        ];
        for (const write of writes) Object.freeze(write);
        Object.freeze(writes);
        equal(
          await writeMany(driver, writes, call),
          [false, true, true, false, true, false, true, false],
          'applied',
        );
        const after = await readMany(
          driver,
          writes.map((write) => write.key),
          call,
        );
        equal(
          after.map((entry) => text(entry?.value)),
          ['old', 'new', undefined, undefined, 'old', undefined, 'new', undefined],
          'afterwards',
        );
        equal(value, utf8('new'), 'the bytes given');
      },
    },
    {
      name: 'thousands of keys in one call',
      async run({ driver, key, call }) {
        const keys = Array.from({ length: 2_500 }, (_, index) => key(`many${index}`));
        const written = keys.slice(0, 1_200);
        const applied = await writeMany(
          driver,
          written.map((k) => putOf(k, k)),
          call,
        );
        ok(applied.every(Boolean), 'all applied');
        const entries = await readMany(driver, keys, call);
        entries.forEach((entry, index) => {
          const expected = index < written.length ? keys[index] : undefined;
          equal(text(entry?.value), expected, `key ${index}`);
        });
      },
    },
    {
      name: 'concurrent batches do not mix their answers',
      async run({ driver, key, random, call }) {
        const keys = Array.from({ length: 50 }, (_, index) => key(`c${index}`));
        await writeMany(
          driver,
          keys.map((k) => putOf(k, k)),
          call,
        );
        await Promise.all(
          Array.from({ length: 30 }, async () => {
            const own = random.shuffle(keys).slice(0, random.int(1, 20));
            const entries = await readMany(driver, own, call);
            equal(
              entries.map((entry) => text(entry?.value)),
              own,
              'a concurrent answer',
            );
          }),
        );
      },
    },
    {
      name: 'the store’s getMany: in order, duplicates answered each',
      async run({ store, key }) {
        const s = store();
        await s.setMany([
          [key('a'), 1],
          [key('b'), null],
        ]);
        equal(
          await s.getMany([key('b'), key('x'), key('a'), key('a'), key('b')]),
          [null, undefined, 1, 1, null],
          'getMany',
        );
        equal(await s.getMany([]), [], 'getMany of nothing');
      },
    },
    {
      name: 'the store’s setMany: of a key named twice the last wins',
      async run({ store, key }) {
        const s = store();
        const entries = new Map([
          [key('a'), 1],
          [key('b'), 2],
        ]);
        equal(await s.setMany(entries), [true, true], 'setMany of a Map');
        const twice = await s.setMany([
          [key('a'), 'first'],
          [key('c'), 'other'],
          [key('a'), 'last'],
        ]);
        equal(twice, [true, true, true], 'setMany with a key named twice');
        equal(await s.getMany([key('a'), key('b'), key('c')]), ['last', 2, 'other'], 'read');
        equal(await s.setMany([]), [], 'setMany of nothing');
        const absent = await s.setMany(
          [
            [key('a'), 'x'],
            [key('d'), 'new'],
            [key('d'), 'again'],
          ],
          { if: 'absent' },
        );
        equal(absent, [false, true, false], 'setMany if absent');
        equal(await s.get(key('d')), 'new', 'of two writes if absent the first wins');
      },
    },
    {
      name: 'the store’s batch and deleteMany',
      async run({ store, key }) {
        const s = store();
        await s.set(key('a'), 1);
        const answers = await s.batch([
          { type: 'set', key: key('b'), value: 2 },
          { type: 'set', key: key('a'), value: 0, if: 'absent' },
          { type: 'expire', key: key('a'), ttlMs: 60_000 },
          { type: 'expire', key: key('x'), ttlMs: 60_000 },
          { type: 'delete', key: key('b') },
        ]);
        equal(answers, [true, false, true, false, true], 'batch');
        equal(await s.getMany([key('a'), key('b')]), [1, undefined], 'after the batch');
        equal(
          ((await s.ttl(key('a'))) ?? 0) <= 60_000 + s.capabilities.ttlResolutionMs,
          true,
          'ttl',
        );
        equal(await s.batch([]), [], 'batch of nothing');
        await s.set(key('c'), 3);
        equal(await s.deleteMany([key('a'), key('c'), key('x')]), 2, 'deleteMany');
        equal(await s.getMany([key('a'), key('c')]), [undefined, undefined], 'after deleteMany');
      },
    },
    {
      name: 'the store’s setMany, getMany and deleteMany of the largest batch',
      async run({ store, key, options }) {
        const { manyKeys = 100_000 } = options;
        // One deadline holds for the whole batch: this one is for a hang, not for a busy machine.
        const s = store(undefined, { timeoutMs: 50_000 });
        const keys = Array.from({ length: manyKeys }, (_, index) => key(`all${index}`));
        const entries = keys.map((k, index) => [k, index] as const);
        await rejects(() => s.setMany([...entries, ['', 0]]), 'INVALID_KEY', 'one bad item');
        equal(await s.get(key('all0')), undefined, 'nothing is written beside a bad item');

        const applied = await s.setMany(entries);
        equal(applied.length, manyKeys, 'answers of setMany');
        ok(applied.every(Boolean), 'all applied');
        const odd = keys.filter((_, index) => index % 2 === 1);
        equal(await s.deleteMany(odd), odd.length, 'deleteMany');
        const read = await s.getMany(keys);
        equal(read.length, manyKeys, 'answers of getMany');
        const wrong = read.findIndex((value, index) => value !== (index % 2 ? undefined : index));
        equal(wrong, -1, 'the first wrong answer');
        await s.deleteMany(keys);
        equal(await s.has(key('all0')), false, 'afterwards');
      },
    },
    {
      name: 'calls of one tick share requests and keep their own answers',
      async run({ store, key }) {
        const s = store();
        const keys = Array.from({ length: 100 }, (_, index) => key(`t${index}`));
        await Promise.all(keys.map((k, index) => s.set(k, index)));
        const read = await Promise.all(keys.map((k) => s.get(k)));
        equal(
          read,
          keys.map((_, index) => index),
          'values',
        );
      },
    },
  ],
};
