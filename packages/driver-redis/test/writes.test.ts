import { createHash } from 'node:crypto';
import { isKvError, type Write } from '@grovekv/kv-core/driver';
import { Redis } from 'ioredis';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { redisDriver } from '../src/index.js';
import {
  bytes,
  call,
  currentOf,
  one,
  outcome,
  ownPrefix,
  put,
  read,
  readEntry,
  unbounded,
} from './support.js';

const url = process.env.REDIS_URL as string;
const driver = redisDriver({ url });
const redis = new Redis(url);
let prefix = ownPrefix();

beforeEach(() => {
  prefix = ownPrefix();
});

afterAll(async () => {
  await driver.close();
  redis.disconnect();
});

describe('values', () => {
  test('are plain: other clients read and write the same', async () => {
    const key = `${prefix}k`;
    await driver.write([put(key, 'plain')], call);
    expect(await redis.get(key)).toBe('plain');
    await redis.set(key, 'theirs');
    expect(await read(driver, key)).toBe('theirs');
    one(await driver.increment!([{ key: `${prefix}n`, by: 5, ...unbounded }], call));
    expect(await redis.incr(`${prefix}n`)).toBe(6);
    expect(
      one(await driver.increment!([{ key: `${prefix}n`, by: 1, ...unbounded }], call)),
    ).toEqual({
      value: 7,
      applied: true,
    });
  });

  test('are their own version if they are short text, else their SHA-1 is', async () => {
    const sha1 = (text: string) => createHash('sha1').update(text).digest('hex');
    const digest = 'a9993e364706816aba3e25717850c26c9cd0d89d';
    const versions = {
      abc: 'abc',
      'a\0\r\n$b\x7f': 'a\0\r\n$b\x7f',
      ['x'.repeat(512)]: 'x'.repeat(512),
      ['x'.repeat(513)]: sha1('x'.repeat(513)),
      héllo: sha1('héllo'),
      '': sha1(''),
      [digest]: sha1(digest),
    };
    for (const [text, version] of Object.entries(versions)) {
      const key = `${prefix}${sha1(text)}`;
      const written = one(await driver.write([put(key, text, { condition: 'absent' })], call));
      expect(written.applied && written.version).toBe(version);
      expect((await readEntry(driver, key))?.version).toBe(version);
      expect(driver.versionOf?.(Buffer.from(text))).toBe(version);
      const stale = { condition: { version: 'f'.repeat(40) } };
      expect(one(await driver.write([put(key, 'abc', stale)], call)).applied).toBe(false);
      const next = put(key, 'next', { condition: { version } });
      expect(one(await driver.write([next], call)).applied).toBe(true);
      expect(await redis.get(key)).toBe('next');
    }
  });

  test('are a plain Uint8Array that holds little else in memory', async () => {
    const keys = Array.from({ length: 200 }, (_, index) => `${prefix}${index}`);
    await driver.write(
      keys.map((key) => put(key, 'x'.repeat(1_000))),
      call,
    );
    await driver.write([put(keys[7]!, 'tiny')], call);
    const entries = await driver.get(keys, call);
    for (const entry of entries) {
      if (!entry || isKvError(entry)) throw new Error('missing');
      expect(entry.value.constructor).toBe(Uint8Array);
      expect(entry.value.buffer.byteLength).toBeLessThanOrEqual(8 * 1024);
    }
  });

  test('are kept as they were at the call, also while it waits for the connection', async () => {
    for (const ready of [false, true]) {
      const own = redisDriver({ url });
      if (ready) await read(own, 'x');
      const first = put(`${prefix}a`, 'before');
      const second = put(`${prefix}b`, 'before', { condition: 'absent', ttl: 60_000 });
      const writes: Write[] = [first, second];
      const writing = own.write(writes, call);
      first.value.fill(0);
      second.value.fill(0);
      writes.length = 0;
      const results = await writing;
      expect(results).toHaveLength(2);
      expect(await read(own, first.key)).toBe('before');
      expect(await read(own, second.key)).toBe('before');
      const version = (await readEntry(own, second.key))?.version;
      expect(results[1]).toMatchObject({ applied: true, version });
      await own.write([{ type: 'delete', key: second.key, condition: 'any' }], call);
      await own.close();
    }
  });

  test('of any length and any bytes come back, many in one call', async () => {
    const every = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const writes = Array.from({ length: 2_500 }, (_, index) => {
      const value = index % 3 === 0 ? every : bytes(`${index}\r\n$-1\0`);
      const ttl = index % 2 === 0 ? ('none' as const) : 60_000;
      return put(`${prefix}${index}`, '', { value, ttl });
    });
    writes.push(put(`${prefix}empty`, ''), put(`${prefix}large`, 'y'.repeat(3_000_000)));
    const results = await driver.write(writes, call);
    expect(results.every((result) => !isKvError(result) && result.applied)).toBe(true);
    const keys = [...writes.map(({ key }) => key), `${prefix}none`].reverse();
    const entries = await driver.get(keys, { ...call, ttl: true });
    const expected = [...writes.map(({ value }) => value), undefined].reverse();
    expect(entries).toHaveLength(expected.length);
    entries.forEach((entry, index) => {
      if (isKvError(entry)) throw entry;
      expect(entry?.value.length).toBe(expected[index]?.length);
      expect(entry && Buffer.compare(entry.value, expected[index]!)).toBe(entry && 0);
    });
  });
});

describe('time to live', () => {
  test('is set, kept, taken away; on the clock of the server', async () => {
    const key = `${prefix}k`;
    await driver.write([put(key, '1', { ttl: 60_000 })], call);
    expect((await readEntry(driver, key, true))?.ttlMs).toSatisfy((ms: number) => ms > 59_000);
    expect((await readEntry(driver, key))?.ttlMs).toBeUndefined();
    await driver.write([put(key, '2', { ttl: 'keep' })], call);
    expect(await redis.pttl(key)).toBeGreaterThan(59_000);
    await driver.write([{ type: 'touch', key, condition: 'present', ttl: 'none' }], call);
    expect((await readEntry(driver, key, true))?.ttlMs).toBeUndefined();
    expect(
      one(await driver.write([{ type: 'touch', key, condition: 'any', ttl: 'none' }], call))
        .applied,
    ).toBe(true);
    await driver.write([{ type: 'touch', key, condition: 'any', ttl: 40 }], call);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(await read(driver, key)).toBeUndefined();
  });

  test('may be as long as numbers go', async () => {
    const most = Number.MAX_SAFE_INTEGER;
    const [a, b, c] = ['a', 'b', 'c'].map((key) => prefix + key) as [string, string, string];
    await driver.write([put(a, '1', { ttl: most })], call);
    await driver.write([put(b, '1', { ttl: most, condition: 'absent' })], call);
    one(await driver.increment!([{ key: c, by: 1, ...unbounded, ttlOnCreate: most }], call));
    one(await driver.write([{ type: 'touch', key: c, condition: 'any', ttl: most }], call));
    for (const key of [a, b, c])
      expect((await readEntry(driver, key, true))?.ttlMs).toBeGreaterThan(2 ** 52);
  });
});

describe('a conflict', () => {
  test('tells the current entry, value, version and ttl, and changes nothing', async () => {
    const key = `${prefix}k`;
    await driver.write([put(key, 'mine', { ttl: 60_000 })], call);
    const stale = { version: 'f'.repeat(40) };
    const conflicts: Write[] = [
      put(key, 'theirs', { condition: 'absent' }),
      put(key, 'theirs', { condition: stale }),
      put(key, 'theirs', { condition: { version: 'no digest at all' } }),
      { type: 'delete', key, condition: stale },
      { type: 'touch', key, condition: stale, ttl: 'none' },
    ];
    for (const write of conflicts) {
      const current = currentOf(one(await driver.write([write], call)));
      expect(current?.entry).toMatchObject({ value: bytes('mine') });
      expect(current?.entry?.version).toBe((await readEntry(driver, key))?.version);
      expect(current?.entry?.ttlMs).toBeGreaterThan(59_000);
    }
    for (const write of [
      put(`${prefix}none`, 'x', { condition: 'present' }),
      put(`${prefix}none`, 'x', { condition: stale }),
      { type: 'delete', key: `${prefix}none`, condition: 'present' } as const,
      { type: 'touch', key: `${prefix}none`, condition: 'any', ttl: 5 } as const,
    ]) {
      expect(one(await driver.write([write], call))).toEqual({
        applied: false,
        current: { entry: undefined },
      });
    }
    expect(await redis.exists(`${prefix}none`)).toBe(0);
  });

  test('of one write leaves the others of its call alone', async () => {
    const writes = Array.from({ length: 300 }, (_, index) =>
      put(`${prefix}${index}`, 'new', {
        condition: index % 3 === 0 ? 'absent' : 'any',
        ttl: 60_000,
      }),
    );
    await driver.write(
      writes.filter((_, index) => index % 6 === 0).map(({ key }) => put(key, 'old')),
      call,
    );
    const results = await driver.write(writes, call);
    results.forEach((result, index) => {
      expect(result).toMatchObject({ applied: index % 6 !== 0 });
    });
  });
});

describe('another kind of data at the key', () => {
  const wrong = { code: 'WRONG_TYPE', outcome: 'none' };

  test('is refused by reads, alone and among others, with ttl and without', async () => {
    const [list, text, none] = ['list', 'text', 'none'].map((key) => prefix + key) as [
      string,
      string,
      string,
    ];
    await redis.rpush(list, 'a');
    await driver.write([put(text, 'v')], call);
    for (const ttl of [false, true]) {
      for (let again = 0; again < 2; again += 1) {
        expect(
          await outcome(driver.get([list], { ...call, ttl }) as Promise<unknown[]>),
        ).toMatchObject(wrong);
        const entries = await driver.get([text, list, none], { ...call, ttl });
        expect(entries[0]).toMatchObject({ value: bytes('v') });
        expect(entries[1]).toMatchObject(wrong);
        expect(entries[2]).toBeUndefined();
      }
    }
  });

  test('is refused by conditions and increments, and kept', async () => {
    const key = `${prefix}list`;
    await redis.rpush(key, 'a');
    const version = { version: 'f'.repeat(40) };
    for (const condition of ['absent', 'present', version] as const) {
      for (const write of [
        put(key, 'v', { condition }),
        { type: 'delete', key, condition } as const,
        { type: 'touch', key, condition, ttl: 1 } as const,
      ]) {
        expect(await outcome(driver.write([write], call) as Promise<unknown[]>)).toMatchObject(
          wrong,
        );
        const good = put(`${prefix}good`, 'v', { condition: 'any', ttl: 60_000 });
        const [bad, other] = await driver.write([write, good], call);
        expect(bad).toMatchObject(wrong);
        expect(other).toMatchObject({ applied: true });
      }
    }
    const [bad, other] = await driver.increment!(
      [
        { key, by: 1, ...unbounded },
        { key: `${prefix}n`, by: 1, ...unbounded },
      ],
      call,
    );
    expect(bad).toMatchObject(wrong);
    expect(other).toEqual({ value: 1, applied: true });
    await expect(
      (async () =>
        driver.commit!([{ key, condition: 'present' }], [put(`${prefix}c`, 'v')], call))(),
    ).rejects.toMatchObject(wrong);
    expect(await redis.exists(`${prefix}c`)).toBe(0);
    expect(await redis.lrange(key, 0, -1)).toEqual(['a']);
  });

  test('is replaced by writes without a condition', async () => {
    for (const ttl of ['none', 'keep', 60_000] as const) {
      await redis.rpush(`${prefix}list`, 'a');
      one(await driver.write([put(`${prefix}list`, 'v', { ttl })], call));
      expect(await read(driver, `${prefix}list`)).toBe('v');
      await redis.del(`${prefix}list`);
    }
    await redis.rpush(`${prefix}list`, 'a');
    one(await driver.write([{ type: 'delete', key: `${prefix}list`, condition: 'any' }], call));
    expect(await redis.exists(`${prefix}list`)).toBe(0);
  });
});
