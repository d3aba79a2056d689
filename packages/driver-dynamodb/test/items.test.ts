import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { createManualClock } from '@grovekv/kv-core/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { dynamodbDriver } from '../src/index.js';
import {
  bytes,
  call,
  currentOf,
  one,
  outcome,
  ownPrefix,
  put,
  rawClient,
  read,
  readEntry,
  shared,
  table,
  unbounded,
} from './support.js';

const driver = dynamodbDriver(shared());
const client = rawClient();
let key = '';

beforeAll(() => driver.get(['x'], call));

beforeEach(() => {
  key = `${ownPrefix()}k`;
});

afterAll(async () => {
  await driver.close();
  client.destroy();
});

async function stored(name = table, keyName = 'key') {
  const command = new GetItemCommand({ TableName: name, Key: { [keyName]: { S: key } } });
  return (await client.send(command)).Item;
}

function store(item: PutItemCommand['input']['Item']) {
  return client.send(new PutItemCommand({ TableName: table, Item: { key: { S: key }, ...item } }));
}

const add = (by = 1, more = {}) => driver.increment!([{ key, by, ...unbounded, ...more }], call);

describe('an item', () => {
  test('holds bytes, or a number where they are a decimal integer', async () => {
    await driver.write([put(key, 'text')], call);
    expect(await stored()).toMatchObject({ value: { B: bytes('text') } });
    for (const text of ['0', '-7', '9007199254740991', '-9007199254740991']) {
      await driver.write([put(key, text)], call);
      expect(await stored()).toEqual({
        key: { S: key },
        number: { N: text },
        version: { S: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      });
      expect(await read(driver, key)).toBe(text);
    }
    for (const text of ['-0', '007', '1.0', '9007199254740992', ' 1', '']) {
      for (const more of [{}, { ttl: 'keep' }, { condition: 'present' }] as const) {
        await driver.write([put(key, text, more)], call);
        expect(await stored()).not.toHaveProperty('number');
        expect(await read(driver, key)).toBe(text);
      }
    }
  });

  test('changes its form with its value, never holding both', async () => {
    one(await add(5));
    for (const ttl of ['keep', 'none', 60_000] as const) {
      await driver.write([put(key, 'text', { ttl })], call);
      expect(await stored()).not.toHaveProperty('number');
      await driver.write([put(key, '41', { ttl })], call);
      expect(await stored()).not.toHaveProperty('value');
      expect(one(await add())).toEqual({ value: 42, applied: true });
    }
  });

  test('has another version after every write and increment, not after a touch', async () => {
    const versions = new Set<string>();
    const note = async () => versions.add((await readEntry(driver, key))!.version);
    for (let index = 0; index < 3; index += 1) {
      await driver.write([put(key, '1')], call);
      await note();
      await driver.write([put(key, '1', { ttl: 'keep' })], call);
      await note();
      await add(0);
      await note();
      await driver.write([{ type: 'touch', key, condition: 'any', ttl: 60_000 }], call);
      await note();
    }
    expect(versions.size).toBe(9);
  });

  test('takes other names', async () => {
    const attributes = {
      key: 'pk',
      value: 'v',
      number: 'n',
      version: 'r',
      expiresAt: 'e',
      ttl: 't',
    };
    const options = { ...shared(), table: 'grove-names', attributes };
    const own = dynamodbDriver(options);
    await own.write([put(key, 'text', { ttl: 60_000 })], call);
    expect(Object.keys((await stored('grove-names', 'pk'))!).sort()).toEqual([
      'e',
      'pk',
      'r',
      't',
      'v',
    ]);
    one(await own.write([put(key, '1', { ttl: 'keep', condition: 'present' })], call));
    expect(one(await own.increment!([{ key, by: 1, ...unbounded }], call)).value).toBe(2);
    await own.close();
    const other = dynamodbDriver({ ...options, attributes: {} });
    expect(await outcome(other.get([key], call))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    await other.close();
  });
});

describe('of another program', () => {
  test('decimal bytes become a counter, a large number stays exact', async () => {
    await store({ value: { B: bytes('41') }, version: { S: 'theirs' }, extra: { S: 'x' } });
    expect(one(await add(1, { max: 41 }))).toEqual({ value: 41, applied: false });
    expect(one(await add())).toEqual({ value: 42, applied: true });
    expect(await stored()).toMatchObject({ number: { N: '42' }, extra: { S: 'x' } });
    await store({ number: { N: '9007199254740993' }, version: { S: 'theirs' } });
    expect(await read(driver, key)).toBe('9007199254740993');
    expect(await outcome(add())).toMatchObject({ code: 'OUT_OF_RANGE' });
    expect(await read(driver, key)).toBe('9007199254740993');
  });

  test('an item without our attributes is WRONG_TYPE, and stays until it is replaced', async () => {
    for (const item of [{ other: { S: 'x' } }, { value: { S: 'text' }, version: { S: 'v' } }]) {
      await store(item);
      const wrong = { code: 'WRONG_TYPE', outcome: 'none' };
      expect(await outcome(driver.get([key], call))).toMatchObject(wrong);
      expect(await outcome(add())).toMatchObject(wrong);
      const conditional = put(key, 'v', { condition: 'absent' });
      expect(await outcome(driver.write([conditional], call))).toMatchObject(wrong);
      expect(await stored()).toMatchObject(item);
      one(await driver.write([put(key, 'v')], call));
      expect(await read(driver, key)).toBe('v');
    }
  });
});

describe('expiry', () => {
  test('is by the reader’s clock, so much later as clocks may differ; the server removes later still', async () => {
    const clock = createManualClock();
    const own = dynamodbDriver({ ...shared(), clock, clockSkewMs: 500 });
    expect(own.traits.ttlResolutionMs).toBe(501);
    const before = clock.now();
    await own.write([put(key, 'v', { ttl: 1_000 })], call);
    const item = await stored();
    expect(item?.expiresAt).toEqual({ N: String(Math.ceil(before) + 1_000) });
    expect(Number(item?.ttl?.N) * 1_000).toBeGreaterThan(before + 1_500 + 59_000);
    await clock.advance(1_499);
    expect(await read(own, key)).toBe('v');
    await clock.advance(2);
    expect(await read(own, key)).toBeUndefined();
    await own.close();
  });

  test('leaves nothing behind: what has expired is absent to reads, conditions, counters, scans', async () => {
    const clock = createManualClock();
    const own = dynamodbDriver({ ...shared(), clock, clockSkewMs: 0 });
    const expire = async (text: string) => {
      await own.write([put(key, text, { ttl: 10 })], call);
      await clock.advance(10);
    };
    const addOwn = (more = {}) => own.increment!([{ key, by: 1, ...unbounded, ...more }], call);
    await expire('7');
    const { version } = { version: (await stored())?.version?.S as string };
    const absent = { entry: undefined };
    for (const condition of ['present', { version }] as const) {
      for (const write of [
        put(key, 'x', { condition }),
        put(key, 'x', { condition, ttl: 'keep' }),
        { type: 'delete', key, condition } as const,
        { type: 'touch', key, condition, ttl: 5 } as const,
      ]) {
        expect(currentOf(one(await own.write([write], call)))).toEqual(absent);
      }
    }
    expect((await own.scan!({ prefix: key, limit: 10 }, call)).keys).toEqual([]);
    expect(one(await addOwn({ min: 5 }))).toEqual({ value: 0, applied: false });
    expect(one(await addOwn())).toEqual({ value: 1, applied: true });
    expect((await readEntry(own, key, true))?.ttlMs).toBeUndefined();
    await expire('text');
    expect(one(await addOwn({ ttlOnCreate: 50 }))).toEqual({ value: 1, applied: true });
    expect((await readEntry(own, key, true))?.ttlMs).toBe(50);
    await expire('7');
    one(await own.write([put(key, 'fresh', { ttl: 'keep' })], call));
    expect((await readEntry(own, key, true))?.ttlMs).toBeUndefined();
    expect(await stored()).not.toHaveProperty('ttl');
    await own.close();
  });
});

test('options that cannot be right are refused', () => {
  const refused = expect.objectContaining({ code: 'INVALID_ARGUMENT' });
  for (const options of [
    {},
    { table: '' },
    { table, clockSkewMs: -1 },
    { table, clockSkewMs: 0.5 },
    { table, attributes: { key: '' } },
    { table, attributes: { key: 'value' } },
  ]) {
    let error: unknown;
    try {
      dynamodbDriver(options as never);
    } catch (thrown) {
      error = thrown;
    }
    expect(error, JSON.stringify(options)).toEqual(refused);
  }
});
