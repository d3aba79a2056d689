import { createStore } from '@grovekv/kv-core';
import { afterEach, describe, expect, it } from 'vitest';
import { drivers } from './drivers.js';

/** The emulator of DynamoDB does some thousand items a second, and a real table bills each. */
const COUNTS: Readonly<Record<string, number>> = { dynamodb: 5_000 };

const chosen = drivers.filter(({ name }) => !name.includes('portable'));

describe.each(chosen)('very many keys in one call on $name', ({ name, create }) => {
  const count = COUNTS[name] ?? 100_000;
  const store = createStore({ driver: create(), timeoutMs: 120_000 });
  const own = store.namespace(`many-${crypto.randomUUID()}`);
  afterEach(() => store.close());

  it(`${count} are set, read in order with one missing and one named twice, and deleted`, async () => {
    const keys = Array.from({ length: count }, (_, index) => `k${index}`);
    const bad: [string, unknown] = ['bad', undefined];
    const entries = keys.map((key, index): [string, unknown] => [key, index]);
    await expect(own.setMany([...entries, bad])).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    await expect(own.getMany([...keys, ''])).rejects.toMatchObject({ code: 'INVALID_KEY' });
    expect(await own.getMany(keys.slice(0, 100))).toEqual(Array(100).fill(undefined));

    const applied = await own.setMany(entries);
    expect(applied.length).toBe(count);
    expect(applied.every(Boolean)).toBe(true);
    const values = await own.getMany([...keys, 'none', 'k7']);
    expect(values.length).toBe(count + 2);
    expect(values.findIndex((value, index) => value !== index)).toBe(count);
    expect(values.slice(count)).toEqual([undefined, 7]);
    expect(await own.deleteMany([...keys, 'none'])).toBe(count);
    expect(await own.getMany(keys.slice(-100))).toEqual(Array(100).fill(undefined));
  }, 240_000);
});
