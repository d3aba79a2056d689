import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createStore } from '@grovekv/kv-core';
import type { Driver } from '@grovekv/kv-core/driver';
import { expect, test } from 'vitest';
import { startFaultProxy } from '../../../scripts/services/fault-proxy.js';
import { startMemcached } from '../../../scripts/services/servers.js';
import { after } from '../../../tests/support/after-each-test.js';
import { breakConnections, loseReplies } from '../../../tests/support/break-connections.js';
import { expectCount, load } from '../../../tests/support/load.js';
import { memcachedDriver } from '../src/index.js';
import { call, grace, one, outcome, put, read, readEntry, until, write } from './support.js';

const timeoutMs = 1_000;

function open(...ports: number[]): Driver {
  const servers = ports.map((port) => `127.0.0.1:${port}`);
  return after(memcachedDriver({ servers }), (driver) => driver.close());
}

/** A driver on a server of its own, through a proxy. */
async function throughProxy() {
  const server = after(await startMemcached(), (server) => server.stop());
  const proxy = after(await startFaultProxy(server.port), (proxy) => proxy.close());
  return { server, proxy, driver: open(proxy.port) };
}

/** Adds to one counter by compare-and-swap from several callers. */
function add(driver: Driver, key: string, callers: number) {
  // The store adds up the calls of a process: each caller has one of its own, as processes would.
  const calls = Array.from({ length: callers }, () => {
    const store = createStore({ driver: shared(driver), timeoutMs });
    return async (): Promise<number> => (await store.increment(key)).value;
  });
  return load(calls, timeoutMs, { mayContend: true });
}

/** A driver that outlives the stores on it. */
function shared(driver: Driver): Driver {
  return {
    contract: 1,
    traits: driver.traits,
    get: (keys, options) => driver.get(keys, options),
    write: (writes, options) => driver.write(writes, options),
    close: async () => {},
  };
}

test('a server killed under load and restarted: every call settles in time, then all is well', async () => {
  let server = await startMemcached();
  after(undefined, () => server.stop());
  const { port } = server;
  const driver = open(port);
  const { stop, book } = add(driver, 'n', 8);
  for (let round = 0; round < 3; round += 1) {
    const { acked, failed } = book;
    await until(() => book.acked > acked + 200);
    await server.kill9();
    await until(() => book.failed > failed + 20);
    server = await startMemcached({ port });
    await until(() => book.acked > acked + 400);
  }
  await stop();
  await write(driver, put('after', 'all'));
  expect(await read(driver, 'after')).toBe('all');
});

test('lost replies: a number in doubt lies between, and nothing is applied twice', async () => {
  const { proxy, driver } = await throughProxy();
  const { stop, book } = add(driver, 'n', 8);
  await loseReplies({ proxy, book, rounds: 4, each: 50 }, timeoutMs);
  const books = await stop();
  expect(books.inDoubt).toBeGreaterThan(0);
  expectCount(Number(await read(driver, 'n')), books);
});

test('lost requests, resets and orderly ends are never applied twice either', async () => {
  const { proxy, driver } = await throughProxy();
  const { stop, book } = add(driver, 'n', 8);
  await breakConnections({ proxy, book, rounds: 12, each: 50 });
  const books = await stop();
  expectCount(Number(await read(driver, 'n')), books);
});

test('a server that stands still: calls end in time, in doubt, and go on when it does', async () => {
  const server = after(await startMemcached(), (server) => server.kill9());
  const driver = open(server.port);
  await write(driver, put('k', 'v'));
  process.kill(server.pid, 'SIGSTOP');
  const began = performance.now();
  const [written, found, second] = await Promise.all([
    outcome(driver.write([put('k', 'w')], { timeoutMs: 300 })),
    outcome(driver.get(['k'], { timeoutMs: 300, ttl: false })),
    outcome(driver.write([put('other', 'w')], { timeoutMs: 10_000 })),
  ]);
  expect(performance.now() - began).toBeLessThan(300 + grace());
  expect(written).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
  expect(found).toMatchObject({ code: 'TIMEOUT', outcome: 'none' });
  expect(second).toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' });
  // The system accepts connections for it, but nobody answers.
  const waiting = await outcome(driver.write([put('k', 'x')], { timeoutMs: 300 }));
  expect(waiting).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
  process.kill(server.pid, 'SIGCONT');
  await expect
    .poll(() => outcome(driver.write([put('k', 'y')], call)))
    .toMatchObject({ applied: true });
  expect(await read(driver, 'k')).toBe('y');
});

test('nobody listens: told at once, nothing done; as soon as somebody does all is well', async () => {
  const first = await startMemcached();
  const { port } = first;
  await first.stop();
  const driver = open(port);
  for (let turn = 0; turn < 3; turn += 1) {
    // The next call is made in the same moment in which the one before failed.
    const failed = await outcome(driver.write([put('k', 'v')], call));
    expect(failed).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
  }
  after(await startMemcached({ port }), (server) => server.stop());
  await write(driver, put('k', 'v'));
  expect(await read(driver, 'k')).toBe('v');
});

test('64 first calls share one connection', async () => {
  const { proxy, driver } = await throughProxy();
  await Promise.all(Array.from({ length: 64 }, (_, n) => write(driver, put(`k${n}`, 'v'))));
  expect(proxy.connections()).toBe(1);
});

test.each([
  ['no protocol', (socket: Socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')],
  [
    'a reply to nothing',
    (socket: Socket) => socket.write(Buffer.from([0x81, ...Array(23).fill(9)])),
  ],
  ['an end', (socket: Socket) => socket.end()],
  ['a reset', (socket: Socket) => socket.resetAndDestroy()],
])('a server that answers with %s: an error at once', async (_, answer) => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => answer(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(server, (server) => server.close());
  const driver = open((server.address() as AddressInfo).port);
  const began = performance.now();
  const failed = await outcome(driver.write([put('k', 'v')], { timeoutMs: 20_000 }));
  expect(failed).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
  // A reply that promises more bytes than come is given up as an attempt to connect is.
  expect(performance.now() - began).toBeLessThan(2_000 + grace());
});

test('a version of a server before its restart is never that of another item', async () => {
  let server = await startMemcached();
  after(undefined, () => server.stop());
  const { port } = server;
  const driver = open(port);
  const before = await write(driver, put('lock', 'mine'));
  const old = before.applied ? (before.version as string) : '';
  await server.kill9();
  server = await startMemcached({ port });
  const other = open(port);
  const later = await write(other, put('lock', 'theirs'));
  const fresh = later.applied ? (later.version as string) : '';
  // The server counts from the start again: the numbers are the same, the items are not.
  expect(fresh.split('@')[0]).toBe(old.split('@')[0]);
  expect(fresh).not.toBe(old);
  await outcome(driver.get(['lock'], call));
  for (const it of [
    put('lock', 'stolen', { condition: { version: old } }),
    { type: 'delete', key: 'lock', condition: { version: old } } as const,
    { type: 'touch', key: 'lock', condition: { version: old }, ttl: 60_000 } as const,
  ]) {
    expect(await write(driver, it)).toMatchObject({ applied: false });
  }
  expect(await readEntry(driver, 'lock')).toMatchObject({ version: fresh });
});

test('of two servers one is gone: only its keys fail, and none moves to the other', async () => {
  const [first, second] = [await startMemcached(), await startMemcached()];
  after(first, (server) => server.stop());
  after(second, (server) => server.stop());
  const driver = open(first.port, second.port);
  const keys = Array.from({ length: 40 }, (_, n) => `key-${n}`);
  for (const result of await driver.write(
    keys.map((key) => put(key, key)),
    call,
  )) {
    expect(result).toMatchObject({ applied: true });
  }
  const alone = open(second.port);
  const onSecond = (await alone.get(keys, call)).map((entry) => entry !== undefined);
  expect(new Set(onSecond).size).toBe(2);
  await first.kill9();
  await outcome(driver.get(keys, call));
  const found = await driver.get(keys, call);
  const written = await driver.write(
    keys.map((key) => put(key, 'new')),
    call,
  );
  keys.forEach((_, index) => {
    const lost = { code: 'UNAVAILABLE', outcome: 'none' };
    expect(found[index]).toMatchObject(onSecond[index] ? { version: expect.any(String) } : lost);
    expect(written[index]).toMatchObject(onSecond[index] ? { applied: true } : lost);
  });
  expect((await alone.get(keys, call)).map((entry) => entry !== undefined)).toEqual(onSecond);
});

test('close waits for what is in flight; then every call is refused', async () => {
  const { server, proxy, driver } = await throughProxy();
  await write(driver, put('k', 'v'));
  proxy.delayMs(150);
  const inFlight = outcome(driver.write([put('k', 'w', { ttl: 'keep' })], call));
  const closing = driver.close();
  expect(driver.close()).toBe(closing);
  expect(await outcome(driver.get(['k'], call))).toMatchObject({ code: 'CLOSED' });
  expect(await inFlight).toMatchObject({ applied: true });
  await closing;
  await until(() => proxy.connections() === 0);
  expect(await outcome(driver.write([put('k', 'x')], call))).toMatchObject({ code: 'CLOSED' });
  expect(one(await open(server.port).get(['k'], call))?.value).toEqual(Buffer.from('w'));
});
