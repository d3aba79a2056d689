import { createRequire } from 'node:module';
import { Cluster, Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { redisDriver } from '../src/index.js';
import { call, one, ownPrefix, put, read } from './support.js';

const url = process.env.REDIS_URL as string;
const { hostname: host, port } = new URL(url);

test('opens nothing before the first call', async () => {
  const driver = redisDriver({ url: 'redis://127.0.0.1:1' });
  await driver.close();
  await driver.close();
});

test('a url, options, and a client lead to the same server', async () => {
  const key = `${ownPrefix()}k`;
  const client = new Redis(url);
  const drivers = [
    redisDriver({ url }),
    redisDriver({ url, options: { connectionName: 'grove' } }),
    redisDriver({ options: { host, port: Number(port) } }),
    redisDriver({ client }),
  ];
  for (const [index, driver] of drivers.entries()) {
    one(await driver.write([put(key, `${index}`)], call));
    expect(await client.get(key)).toBe(`${index}`);
  }
  expect(await client.client('LIST')).toContain('name=grove');
  await Promise.all(drivers.map((driver) => driver.close()));
  expect(await client.get(key)).toBe('3');
  client.disconnect();
});

test('a client of another copy of ioredis will do', async () => {
  const require = createRequire(import.meta.url);
  const loaded = Object.keys(require.cache).filter((path) => path.includes('ioredis'));
  const kept = loaded.map((path) => [path, require.cache[path]] as const);
  for (const path of loaded) delete require.cache[path];
  const other = require('ioredis') as typeof import('ioredis');
  for (const [path, module] of kept) require.cache[path] = module;
  expect(other.Redis).not.toBe(Redis);

  const client = new other.Redis(url);
  const driver = redisDriver({ client: client as unknown as Redis });
  const key = `${ownPrefix()}ключ`;
  one(await driver.write([put(key, 'a', { condition: 'absent' })], call));
  one(await driver.write([put(key, 'ü', { condition: { version: 'a' } })], call));
  expect(await read(driver, key)).toBe('ü');
  await driver.close();
  client.disconnect();
});

test('a client is a template: its own connection, mode and queue are left alone', async () => {
  const key = `${ownPrefix()}k`;
  const subscriber = new Redis(url);
  await subscriber.subscribe('channel');
  const driver = redisDriver({ client: subscriber });
  one(await driver.write([put(key, 'v')], call));
  expect(await read(driver, key)).toBe('v');
  await driver.close();
  expect(subscriber.status).toBe('ready');
  expect(subscriber.options.autoResendUnfulfilledCommands).toBe(true);
  subscriber.disconnect();
});

test('unsafe settings do not reach the connection, not even in the url', async () => {
  const template = new Redis({ lazyConnect: true });
  const made: Redis[] = [];
  const { duplicate } = Redis.prototype;
  Redis.prototype.duplicate = function (this: Redis, options) {
    const copy = duplicate.call(this, options);
    made.push(copy as Redis);
    return copy as never;
  };
  try {
    const unsafe =
      'enableOfflineQueue=true&maxRetriesPerRequest=20&autoResendUnfulfilledCommands=true';
    await redisDriver({ url: `${url}?${unsafe}&lazyConnect=false&commandTimeout=1` }).close();
    await redisDriver({ client: template }).close();
  } finally {
    Redis.prototype.duplicate = duplicate;
    template.disconnect();
  }
  expect(made).toHaveLength(2);
  for (const { options } of made) {
    expect(options).toMatchObject({
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      enableAutoPipelining: false,
      lazyConnect: true,
    });
    expect(options.commandTimeout).toBeUndefined();
  }
});

test('settings that it cannot be correct with are refused', () => {
  const refused = expect.objectContaining({ code: 'INVALID_ARGUMENT' });
  const nodes = [{ host, port: 1 }];
  const clients = [
    new Redis({ lazyConnect: true, keyPrefix: 'p:' }),
    new Cluster(nodes, { lazyConnect: true, redisOptions: { keyPrefix: 'p:' } }),
  ];
  for (const options of [
    { url: `${url}?keyPrefix=p:` },
    { options: { keyPrefix: 'p:' } },
    { options: { readOnly: true } },
    { options: { sentinels: [{ host, port: 1 }], name: 'x', role: 'slave' as const } },
    { cluster: nodes, options: { keyPrefix: 'p:' } },
    { cluster: nodes, options: { redisOptions: { keyPrefix: 'p:' } } },
    ...clients.map((client) => ({ client })),
    {},
  ]) {
    let error: unknown;
    try {
      redisDriver(options as never);
    } catch (thrown) {
      error = thrown;
    }
    expect(error, JSON.stringify(Object.keys(options))).toEqual(refused);
  }
  for (const client of clients) client.disconnect();
});

test('the database of the url is used', async () => {
  const key = `${ownPrefix()}k`;
  const driver = redisDriver({ url: `${url}/3` });
  await driver.write([put(key, 'v')], call);
  const client = new Redis(`${url}/3`);
  expect(await client.get(key)).toBe('v');
  client.disconnect();
  const zero = redisDriver({ url });
  expect(await read(zero, key)).toBeUndefined();
  await Promise.all([driver.close(), zero.close()]);
});
