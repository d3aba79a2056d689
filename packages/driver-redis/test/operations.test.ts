import type { Increment, Write } from '@grovekv/kv-core/driver';
import { Redis } from 'ioredis';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { redisDriver } from '../src/index.js';
import { call, one, ownPrefix, put, readEntry, unbounded } from './support.js';

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
