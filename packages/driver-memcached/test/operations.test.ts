import { type AddressInfo, createConnection, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createStore } from '@grovekv/kv-core';
import type { Driver } from '@grovekv/kv-core/driver';
import memjs from 'memjs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Server, startMemcached } from '../../../scripts/services/servers.js';
import { memcachedDriver } from '../src/index.js';
import { call, outcome, ownPrefix, put, read, readEntry, write } from './support.js';

const servers = process.env.MEMCACHED_SERVERS as string;
const opened: Driver[] = [];
let more: Server[];

function open(options: Partial<Parameters<typeof memcachedDriver>[0]> = {}): Driver {
  const driver = memcachedDriver({ servers, ...options });
  opened.push(driver);
  return driver;
}

beforeAll(async () => {
  more = await Promise.all([startMemcached(), startMemcached()]);
});
afterEach(() => Promise.all(opened.splice(0).map((driver) => driver.close())));
afterAll(() => Promise.all(more.map((server) => server.stop())));

test('values without a ttl are plain, and on the server where memjs looks for them', async () => {
  const three = [servers, ...more.map(({ url }) => url)];
  const driver = open({ servers: three });
  const client = memjs.Client.create(three.join(','));
  const prefix = ownPrefix();
  const keys = ['a', 'é', '🌲', 'x y', '\r\n\0', 'ü'.repeat(50)].map((key) => prefix + key);
  for (const key of keys) {
    await write(driver, put(key, `ours ${key}`));
    expect((await client.get(key)).value?.toString()).toBe(`ours ${key}`);
    await client.set(key, `theirs ${key}`, {});
    expect(await read(driver, key)).toBe(`theirs ${key}`);
  }
  client.close();
});

test('the largest item with the longest key and a ttl fits; one byte more is refused', async () => {
  const driver = open();
  const { maxValueBytes, maxKeyBytes } = driver.traits;
  const key = ownPrefix().padEnd(maxKeyBytes, 'k');
  const largest = new Uint8Array(maxValueBytes).fill(7);
  const big = { ...put(key, ''), value: largest, ttl: 60_000 };
  expect(await write(driver, big)).toMatchObject({ applied: true });
  expect(await write(driver, { ...big, ttl: 'keep' })).toMatchObject({ applied: true });
  expect(Buffer.compare((await readEntry(driver, key))!.value, largest)).toBe(0);
  const store = createStore({ driver });
  await expect(store.raw.set(key, new Uint8Array(maxValueBytes + 1))).rejects.toMatchObject({
    code: 'VALUE_TOO_LARGE',
  });
  expect((await readEntry(driver, key))!.value).toHaveLength(maxValueBytes);
});

test('a server that takes less than maxItemBytes says so', async () => {
  const driver = open({ maxItemBytes: 4 * 1024 * 1024 });
  const value = new Uint8Array(2 * 1024 * 1024);
  const refused = await outcome(driver.write([{ ...put(`${ownPrefix()}big`, ''), value }], call));
  expect(refused).toMatchObject({ code: 'VALUE_TOO_LARGE', outcome: 'none' });
  const store = createStore({ driver });
  await expect(store.set('k'.repeat(251), 1)).rejects.toMatchObject({ code: 'KEY_TOO_LARGE' });
});

test('in a batch one that is refused is told, and the others are done', async () => {
  const driver = open({ maxItemBytes: 4 * 1024 * 1024 });
  const prefix = ownPrefix();
  const keys = Array.from({ length: 9 }, (_, n) => prefix + n);
  const big = new Uint8Array(2 * 1024 * 1024);
  const batch = keys.map((key, n) =>
    n % 4 === 1 ? { ...put(key, ''), value: big } : put(key, key),
  );
  const results = await driver.write(batch, call);
  const found = await driver.get(keys, call);
  keys.forEach((key, n) => {
    const refused = n % 4 === 1;
    expect(results[n]).toMatchObject(refused ? { code: 'VALUE_TOO_LARGE' } : { applied: true });
    expect(found[n]).toEqual(
      refused ? undefined : expect.objectContaining({ value: Buffer.from(key) }),
    );
  });
});

test('a large item server with maxItemBytes takes large values, in many chunks', async () => {
  const server = await startMemcached({ args: ['-I', '8m'] });
  const driver = open({ servers: server.url, maxItemBytes: 8 * 1024 * 1024 });
  const value = Buffer.alloc(7 * 1024 * 1024, 'abc');
  await write(driver, { ...put('big', ''), value, ttl: 60_000 });
  const entry = await readEntry(driver, 'big', true);
  expect(Buffer.compare(entry!.value, value)).toBe(0);
  expect(entry!.ttlMs).toBeGreaterThan(50_000);
  await server.stop();
});

test('a small value does not hold the bytes that came with it', async () => {
  const driver = open();
  const [small, large] = [`${ownPrefix()}small`, `${ownPrefix()}large`];
  await write(driver, put(small, 'x'));
  await write(driver, put(large, 'y'.repeat(500_000)));
  const [entry] = (await driver.get([small, large], call)) as { value: Uint8Array }[];
  expect(entry!.value.buffer.byteLength).toBeLessThanOrEqual(8 * 1024);
});

test.each(['present', 'version'] as const)(
  'a ttl that is kept ends in time however often the value is written (%s)',
  async (way) => {
    const driver = open();
    const key = ownPrefix();
    await write(driver, put(key, 'first', { ttl: 500 }));
    const began = performance.now();
    let writes = 0;
    let goneAt = 0;
    while (!goneAt) {
      const entry = await readEntry(driver, key);
      if (!entry) goneAt = performance.now() - began;
      else {
        const condition = way === 'version' ? { version: entry.version } : way;
        const again = put(key, `again ${writes}`, { ttl: 'keep', condition });
        await write(driver, again);
        writes += 1;
      }
      await sleep(100);
      if (performance.now() - began > 8_000) break;
    }
    expect(goneAt).toBeGreaterThanOrEqual(500);
    expect(goneAt).toBeLessThan(500 + driver.traits.ttlResolutionMs + 600);
    expect(writes).toBeGreaterThan(2);
  },
);

test('concurrent touches and kept writes of several clients all apply', async () => {
  const drivers = [open(), open(), open()];
  const key = ownPrefix();
  await write(drivers[0]!, put(key, 'v', { ttl: 60_000 }));
  const results = await Promise.all(
    Array.from({ length: 24 }, (_, turn) => {
      const driver = drivers[turn % 3]!;
      return turn % 2 === 0
        ? write(driver, { type: 'touch', key, condition: 'present', ttl: 120_000 })
        : write(driver, put(key, `v${turn}`, { ttl: 'keep' }));
    }),
  );
  expect(results.every(({ applied }) => applied)).toBe(true);
  expect((await readEntry(drivers[0]!, key, true))!.ttlMs).toBeGreaterThan(100_000);
});

test('what is no version of an item is a conflict, whatever it looks like', async () => {
  const driver = open();
  const key = ownPrefix();
  const stored = await write(driver, put(key, 'v'));
  const version = (stored.applied && stored.version) as string;
  const run = version.split('@')[1]!;
  for (const text of [
    '',
    '0',
    `0@${run}`,
    `-1@${run}`,
    `1e3@${run}`,
    `@${run}`,
    `${version}@`,
    '1@x',
    `99999999999999999999@${run}`,
    ` ${version}`,
    `0x1@${run}`,
    `${BigInt(version.split('@')[0]!) + 1n}@${run}`,
  ]) {
    const condition = { version: text };
    for (const it of [
      put(key, 'w', { condition }),
      put(key, 'w', { condition, ttl: 'keep' }),
      { type: 'delete', key, condition } as const,
      { type: 'touch', key, condition, ttl: 1_000 } as const,
    ]) {
      expect(await write(driver, it), text).toMatchObject({ applied: false });
    }
  }
  expect(await readEntry(driver, key)).toMatchObject({ version, ttlMs: undefined });
});

test('the same version for every client', async () => {
  const [driver, other] = [open(), open()];
  const key = ownPrefix();
  const stored = await write(driver, put(key, 'v', { ttl: 60_000 }));
  const version = (stored.applied && stored.version) as string;
  expect((await readEntry(other, key))!.version).toBe(version);
  expect(await write(other, put(key, 'w', { condition: { version } }))).toMatchObject({
    applied: true,
  });
  expect(await write(driver, put(key, 'x', { condition: { version } }))).toMatchObject({
    applied: false,
  });
});

test('an item marked as ours that is not is corrupt, not missing', async () => {
  const key = ownPrefix();
  const [host, port] = servers.split(':') as [string, string];
  const socket = createConnection(Number(port), host);
  socket.write(`set ${key} ${0x47_4b_56_31} 0 3\r\nabc\r\n`);
  await new Promise((resolve) => socket.once('data', resolve));
  socket.destroy();
  expect(await outcome(open().get([key], call))).toMatchObject({ code: 'CORRUPT_VALUE' });
});

test('a name and password are given to a server that asks for them', async () => {
  const [host, port] = servers.split(':') as [string, string];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(frame(0x20, 0, 'PLAIN'));
      socket.once('data', (asked) => {
        const right = asked.subarray(24).toString() === 'PLAIN\0grove\0secret';
        socket.write(frame(0x21, right ? 0 : 0x20, ''));
        if (right) socket.pipe(createConnection(Number(port), host)).pipe(socket);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const key = ownPrefix();
  const driver = open({ servers: address, username: 'grove', password: 'secret' });
  await write(driver, put(key, 'v'));
  expect(await read(driver, key)).toBe('v');
  const wrong = open({ servers: address, username: 'grove', password: 'guess' });
  expect(await outcome(wrong.get([key], call))).toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringMatching(/authentication/),
  });
  await Promise.all(opened.splice(0).map((driver) => driver.close()));
  server.close();
});

function frame(op: number, status: number, text: string): Buffer {
  const bytes = Buffer.alloc(24 + text.length);
  bytes.writeUInt16BE(0x81_00 | op, 0);
  bytes.writeUInt16BE(status, 6);
  bytes.writeUInt32BE(text.length, 8);
  bytes.write(text, 24);
  return bytes;
}
