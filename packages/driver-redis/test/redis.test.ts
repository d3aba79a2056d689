import { type Increment, isKvError, type Write } from '@grovekv/kv-core/driver';
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

const unbounded = { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER };

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

  test('have the SHA-1 of their bytes as version', async () => {
    const key = `${prefix}k`;
    const value = put(key, 'abc', { condition: 'absent' });
    const written = one(await driver.write([value], call));
    const sha1 = 'a9993e364706816aba3e25717850c26c9cd0d89d';
    expect(written.applied && written.version).toBe(sha1);
    expect((await readEntry(driver, key))?.version).toBe(sha1);
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

describe('increments', () => {
  const most = Number.MAX_SAFE_INTEGER;

  test('take what INCR takes, and nothing else', async () => {
    const good = ['0', '7', '-7', String(most), String(-most)];
    const notIntegers = [
      '',
      '007',
      ' 5',
      '5 ',
      '+5',
      '-0',
      '1.5',
      '1e3',
      '0x10',
      '12a',
      '-',
      'nan',
      'inf',
      '1'.repeat(20),
      `-${'1'.repeat(20)}`,
      '5\0',
    ];
    const tooLarge = [
      '9007199254740992',
      '-9007199254740992',
      '9007199254740993',
      '9223372036854775807',
      '-9223372036854775808',
    ];
    const all = [...good, ...notIntegers, ...tooLarge];
    await driver.write(
      all.map((text, index) => put(`${prefix}${index}`, text)),
      call,
    );
    const increments = all.map((text, index): Increment => {
      const by = text === String(most) ? -1 : 1;
      return { key: `${prefix}${index}`, by, ...unbounded };
    });
    const results = await driver.increment!(increments, call);
    for (const [index, text] of all.entries()) {
      const stored = await redis.get(`${prefix}${index}`);
      if (good.includes(text)) {
        const value = Number(text) + increments[index]!.by;
        expect(results[index], text).toEqual({ value, applied: true });
        expect(stored).toBe(String(value));
      } else {
        const code = tooLarge.includes(text) ? 'OUT_OF_RANGE' : 'NOT_AN_INTEGER';
        expect(results[index], text).toMatchObject({ code, outcome: 'none' });
        expect(stored).toBe(text);
      }
    }
  });

  test('are exact to the last safe integer, and stop there', async () => {
    const key = `${prefix}n`;
    const add = async (by: number, min = -most, max = most) =>
      one(await driver.increment!([{ key, by, min, max }], call));
    expect(await add(most - 1)).toEqual({ value: most - 1, applied: true });
    expect(await add(1)).toEqual({ value: most, applied: true });
    expect(await add(1)).toEqual({ value: most, applied: false });
    expect(await add(most)).toEqual({ value: most, applied: false });
    expect(await redis.get(key)).toBe(String(most));
    expect(await add(-most)).toEqual({ value: 0, applied: true });
    expect(await add(-most)).toEqual({ value: -most, applied: true });
    expect(await add(-1)).toEqual({ value: -most, applied: false });
    expect(await add(0)).toEqual({ value: -most, applied: true });
  });

  test('keep to their bounds, and set the ttl only when they create', async () => {
    const key = `${prefix}n`;
    const add = async (more: Partial<Increment>) =>
      one(await driver.increment!([{ key, by: 1, min: 0, max: 3, ...more }], call));
    expect(await add({ by: -1 })).toEqual({ value: 0, applied: false });
    expect(await redis.exists(key)).toBe(0);
    expect(await add({ ttlOnCreate: 60_000 })).toEqual({ value: 1, applied: true });
    const ttl = await redis.pttl(key);
    expect(ttl).toBeGreaterThan(59_000);
    expect(await add({ by: 2, ttlOnCreate: 600_000 })).toEqual({ value: 3, applied: true });
    expect(await add({})).toEqual({ value: 3, applied: false });
    expect(await add({ by: 0, min: 1, max: 0 })).toEqual({ value: 3, applied: false });
    expect(await redis.pttl(key)).toBeLessThanOrEqual(ttl);
  });
});

describe('scan', () => {
  const listAll = async (start: string, limit: number): Promise<string[]> => {
    const keys: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await driver.scan!({ prefix: start, cursor, limit }, call);
      expect(new Set(page.keys).size).toBe(page.keys.length);
      keys.push(...page.keys);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return [...new Set(keys)].sort();
  };

  test('finds every key under a prefix, and no other kind of data', async () => {
    const keys = Array.from({ length: 3_000 }, (_, index) => `${prefix}k${index}`).sort();
    await driver.write(
      keys.map((key) => put(key, 'v')),
      call,
    );
    await redis.rpush(`${prefix}klist`, 'a');
    await redis.set(Buffer.concat([Buffer.from(`${prefix}k`), Buffer.from([0xff])]), 'not UTF-8');
    await driver.write([put(`${prefix}\ufffd`, 'v')], call);
    expect(await listAll(`${prefix}k`, 10)).toEqual(keys);
    expect(await listAll(`${prefix}k`, 100_000)).toEqual(keys);
    expect(await listAll(prefix, 500)).toEqual([...keys, `${prefix}\ufffd`].sort());
  });

  test('takes a prefix literally', async () => {
    const odd = ['*', '?', '[a]', '[^a]', '\\', '\\*', '^', '-', ']', 'a-z', '{x}', '%', '\n', 'é'];
    const keys = odd.flatMap((text) => [`${prefix}${text}1`, `${prefix}a1`, `${prefix}b1`]);
    await driver.write(
      [...new Set(keys)].map((key) => put(key, 'v')),
      call,
    );
    for (const text of odd) {
      const expected = [...new Set(keys)].filter((key) => key.startsWith(prefix + text)).sort();
      expect(await listAll(prefix + text, 100), text).toEqual(expected);
    }
  });

  test('refuses a cursor that is none', async () => {
    for (const cursor of ['', 'x', '0', '1@a b', '-1@', '99999999999999999999999@']) {
      await expect(
        (async () => driver.scan!({ prefix, cursor, limit: 1 }, call))(),
      ).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
  });
});

describe('commit', () => {
  test('does all or nothing', async () => {
    const [a, b, c] = ['a', 'b', 'c'].map((key) => prefix + key) as [string, string, string];
    await driver.write([put(a, '1'), put(b, '2', { ttl: 60_000 })], call);
    const version = (await readEntry(driver, a))!.version;
    const commit = async (...args: [Parameters<NonNullable<typeof driver.commit>>[0], Write[]]) =>
      driver.commit!(...args, call);
    const writes: Write[] = [
      put(a, 'x', { condition: { version } }),
      { type: 'delete', key: b, condition: 'present' },
      put(c, 'y', { condition: 'absent', ttl: 60_000 }),
    ];
    expect(await commit([{ key: `${prefix}none`, condition: 'present' }], writes)).toBe(false);
    expect(
      await commit(
        [],
        [...writes, { type: 'touch', key: `${prefix}none`, condition: 'any', ttl: 5 }],
      ),
    ).toBe(false);
    expect(await commit([], [writes[0]!, put(b, 'z', { condition: 'absent' })])).toBe(false);
    expect(await redis.mget(a, b, c)).toEqual(['1', '2', null]);
    expect(await commit([{ key: `${prefix}none`, condition: 'absent' }], writes)).toBe(true);
    expect(await redis.mget(a, b, c)).toEqual(['x', null, 'y']);
    expect(await redis.pttl(c)).toBeGreaterThan(59_000);
    expect(await commit([], writes)).toBe(false);
  });
});

describe('a server that refuses', () => {
  test('out of memory, or read-only: definite errors, nothing changed', async () => {
    const { startRedis } = await import('../../../scripts/services/servers.js');
    const server = await startRedis();
    const admin = new Redis(server.url);
    const own = redisDriver({ url: server.url });
    const refused = { code: 'UNAVAILABLE', outcome: 'none' };
    const writes: Write[][] = [
      [put('a', '2')],
      [put('a', '2'), put('b', '2')],
      [put('a', '2', { condition: 'present' })],
      [put('a', '2', { ttl: 60_000 }), put('b', '2', { ttl: 'keep' })],
    ];
    const check = async (text: string): Promise<void> => {
      for (const some of writes) {
        for (const result of await own.write(some, call)) {
          expect(result).toMatchObject(refused);
          expect((result as Error).message).toContain(text);
        }
      }
      expect(
        await outcome(
          own.increment!([{ key: 'n', by: 1, ...unbounded }], call) as Promise<unknown[]>,
        ),
      ).toMatchObject(refused);
      await expect(
        (async () =>
          own.commit!([], [put('b', '2'), { type: 'delete', key: 'a', condition: 'any' }], call))(),
      ).rejects.toMatchObject(refused);
      expect(await read(own, 'a')).toBe('1');
      expect(await read(own, 'b')).toBeUndefined();
    };
    try {
      await own.write([put('a', '1')], call);
      await admin.config('SET', 'maxmemory', '1');
      await check('OOM');
      await admin.config('SET', 'maxmemory', '0');
      await admin.config('SET', 'min-replicas-to-write', '1');
      await check('NOREPLICAS');
      await admin.config('SET', 'min-replicas-to-write', '0');
      await admin.replicaof('127.0.0.1', 1);
      for (const some of writes) {
        for (const result of await own.write(some, call)) expect(result).toMatchObject(refused);
      }
      await admin.replicaof('NO', 'ONE');
      one(await own.write([put('a', '3')], call));
    } finally {
      admin.disconnect();
      await own.close();
      await server.stop();
    }
  });
});
