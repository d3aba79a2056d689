import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Driver, isKvError, type KvError } from '@grovekv/kv-core/driver';
import { Redis, type RedisOptions } from 'ioredis';
import { expect, test } from 'vitest';
import { startFaultProxy } from '../../../scripts/services/fault-proxy.js';
import { freePort } from '../../../scripts/services/free-port.js';
import { startRedis } from '../../../scripts/services/servers.js';
import { after } from '../../../tests/support/after-each-test.js';
import { breakConnections, loseReplies } from '../../../tests/support/break-connections.js';
import { expectCount, loadIncrements } from '../../../tests/support/load.js';
import { redisDriver } from '../src/index.js';
import { call, grace, one, outcome, put, read, until } from './support.js';

const timeoutMs = 1_000;

/** A driver on a server of its own, through a proxy. */
async function throughProxy() {
  const server = after(await startRedis(), (server) => server.stop());
  const proxy = after(await startFaultProxy(server.port), (proxy) => proxy.close());
  const driver = redisDriver({ url: `redis://127.0.0.1:${proxy.port}` });
  after(driver, (driver) => driver.close());
  return { proxy, driver };
}

/** Adds to one counter from several callers. */
function add(driver: Driver, key: string, callers: number) {
  return loadIncrements(driver, key, callers, timeoutMs);
}

test('a server killed under load and restarted: every call settles in time, then all is well', async () => {
  const dir = after(await mkdtemp(join(tmpdir(), 'grovekv-redis-')), (dir) =>
    rm(dir, { recursive: true, force: true }),
  );
  let server = await startRedis({ appendonly: true, dir });
  after(undefined, () => server.stop());
  const { port } = server;
  const template = after(new Redis(server.url, { lazyConnect: true }), (it) => it.disconnect());
  const client = template.duplicate.bind(template);
  let inner: Redis | undefined;
  template.duplicate = ((options: RedisOptions) => {
    inner = client(options);
    return inner;
  }) as typeof template.duplicate;
  const driver = after(redisDriver({ client: template }), (driver) => driver.close());
  await driver.write([put('k', 'v')], call);
  const listeners = countListeners(inner!);

  const { stop, book } = add(driver, 'n', 32);
  for (let round = 0; round < 3; round += 1) {
    const { acked, failed } = book;
    await until(() => book.acked > acked + 300);
    await server.kill9();
    await until(() => book.failed > failed + 50);
    server = await startRedis({ appendonly: true, dir, port });
    await until(() => book.acked > acked + 600);
  }
  await stop();
  expect(book.inDoubt).toBeGreaterThan(0);
  expectCount(Number(await read(driver, 'n')), book);
  expect(countListeners(inner!)).toEqual(listeners);
});

test('lost replies: a number in doubt lies between, and nothing is applied twice', async () => {
  const { proxy, driver } = await throughProxy();
  const { stop, book } = add(driver, 'n', 16);
  await loseReplies({ proxy, book, rounds: 4, each: 200 }, timeoutMs);
  await stop();
  expect(book.inDoubt).toBeGreaterThanOrEqual(4 * 16);
  expectCount(Number(await read(driver, 'n')), book);
});

test('lost requests, resets and orderly ends are never applied twice either', async () => {
  const { proxy, driver } = await throughProxy();
  const { stop, book } = add(driver, 'n', 16);
  await breakConnections({ proxy, book, rounds: 12, each: 100 });
  await stop();
  expectCount(Number(await read(driver, 'n')), book);
});

test('a stopped server: calls time out in doubt, reads are never in doubt, and it recovers', async () => {
  const server = after(await startRedis(), (server) => server.stop());
  const driver = after(redisDriver({ url: server.url }), (driver) => driver.close());
  await driver.write([put('k', 'v')], call);
  process.kill(server.pid, 'SIGSTOP');
  after(undefined, () => process.kill(server.pid, 'SIGCONT'));
  const began = performance.now();
  const [write, get, mset] = await Promise.all([
    outcome(driver.write([put('k', 'w')], { timeoutMs })),
    outcome(driver.get(['k'], { timeoutMs, ttl: false })),
    outcome(driver.write([put('a', '1'), put('b', '2')], { timeoutMs })),
  ]);
  expect(performance.now() - began).toBeLessThan(timeoutMs + grace());
  expect(write).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
  expect(get).toMatchObject({ code: 'TIMEOUT', outcome: 'none' });
  expect(mset).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
  const whileDown = await outcome(driver.write([put('k', 'x')], { timeoutMs }));
  expect(whileDown).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
  process.kill(server.pid, 'SIGCONT');
  await until(async () => !isKvError(await outcome(driver.get(['k'], { timeoutMs, ttl: false }))));
  expect(await read(driver, 'k')).toBe('w');
});

test('calls of one moment time out together, though the first costs the others their connection', async () => {
  const server = after(await startRedis(), (server) => server.stop());
  const driver = after(redisDriver({ url: server.url }), (driver) => driver.close());
  await driver.write([put('k', 'v')], call);
  process.kill(server.pid, 'SIGSTOP');
  after(undefined, () => process.kill(server.pid, 'SIGCONT'));
  const write = outcome(driver.write([put('k', 'w')], { timeoutMs: 100 }));
  const pause = performance.now() + 2.5;
  while (performance.now() < pause);
  const get = outcome(driver.get(['k'], { timeoutMs: 100, ttl: false }));
  expect(await write).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
  expect(await get).toMatchObject({ code: 'TIMEOUT', outcome: 'none' });
});

test('replies that come too late are not taken for those of later calls', async () => {
  const { proxy, driver } = await throughProxy();
  await driver.write([put('a', 'A'), put('b', 'B')], call);
  proxy.delayMs(300);
  const late = await outcome(driver.get(['a'], { timeoutMs: 100, ttl: false }));
  expect(late).toMatchObject({ code: 'TIMEOUT', outcome: 'none' });
  proxy.delayMs(0);
  for (let index = 0; index < 50; index += 1) {
    const [key, value] = index % 2 ? ['a', 'A'] : ['b', 'B'];
    expect(await read(driver, key as string)).toBe(value);
  }
});

test('a busy process does not take its own delay for that of the server', async () => {
  const server = after(await startRedis(), (server) => server.stop());
  const driver = after(redisDriver({ url: server.url }), (driver) => driver.close());
  await driver.write([put('k', 'v')], call);
  const results = [
    driver.get(['k'], { timeoutMs: 50, ttl: false }),
    driver.write([put('a', '1'), put('b', '2', { ttl: 60_000 })], { timeoutMs: 50 }),
  ];
  const until = performance.now() + 200;
  while (performance.now() < until);
  for (const result of results) expect(isKvError(await outcome<unknown>(result))).toBe(false);
});

test('a server that is down at the first call: an error at once; later it is found', async () => {
  const port = await freePort();
  const driver = after(redisDriver({ url: `redis://127.0.0.1:${port}` }), (d) => d.close());
  const began = performance.now();
  const errors = await Promise.all(
    Array.from({ length: 8 }, () => outcome(driver.write([put('k', 'v')], { timeoutMs }))),
  );
  expect(performance.now() - began).toBeLessThan(timeoutMs + grace());
  for (const error of errors) {
    expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
    expect((error as KvError).message).toContain('ECONNREFUSED');
  }
  after(await startRedis({ port }), (server) => server.stop());
  one(await driver.write([put('k', 'v')], call));
  expect(await read(driver, 'k')).toBe('v');
});

test('a connection that is accepted and never answered is given up for a new one', async () => {
  const server = after(await startRedis(), (server) => server.stop());
  let accepted = 0;
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    accepted += 1;
    if (accepted === 1) return socket.resume();
    const target = createConnection(server.port, '127.0.0.1').on('error', () => {});
    return socket.pipe(target).pipe(socket);
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  after(undefined, () => {
    for (const socket of sockets) socket.destroy();
    listener.close();
  });
  const { port } = listener.address() as AddressInfo;
  const driver = after(redisDriver({ url: `redis://127.0.0.1:${port}` }), (d) => d.close());
  const began = performance.now();
  const error = await outcome(driver.write([put('k', 'v')], { timeoutMs }));
  expect(performance.now() - began).toBeLessThan(timeoutMs + grace());
  expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
  await until(async () => !isKvError(await outcome(driver.write([put('k', 'v')], { timeoutMs }))));
  expect(accepted).toBe(2);
});

test('a wrong password is unavailable, with the reason', async () => {
  const server = after(await startRedis(), (server) => server.stop());
  const admin = after(new Redis(server.url), (admin) => admin.disconnect());
  await admin.config('SET', 'requirepass', 'secret');
  for (const url of [server.url, server.url.replace('//', '//:wrong@')]) {
    const driver = redisDriver({ url });
    const error = await outcome(driver.write([put('k', 'v')], { timeoutMs }));
    expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
    expect((error as KvError).message).toMatch(/NOAUTH|WRONGPASS/);
    await driver.close();
  }
  const driver = redisDriver({ url: server.url.replace('//', '//:secret@') });
  one(await driver.write([put('k', 'v')], call));
  await driver.close();
});

test('forgotten scripts are sent again, under load', async () => {
  const server = after(await startRedis(), (server) => server.stop());
  const driver = after(redisDriver({ url: server.url }), (driver) => driver.close());
  const admin = after(new Redis(server.url), (admin) => admin.disconnect());
  const { stop, book } = add(driver, 'n', 16);
  for (let round = 0; round < 20; round += 1) {
    const before = book.acked;
    await until(() => book.acked > before + 100);
    await admin.script('FLUSH');
  }
  const { acked, inDoubt, failed, twice } = await stop();
  expect([inDoubt, failed, twice]).toEqual([0, 0, 0]);
  expect(await read(driver, 'n')).toBe(String(acked));
});

test('close waits for what is in flight, and refuses the rest', async () => {
  const { proxy, driver } = await throughProxy();
  await driver.write([put('k', 'v')], call);
  proxy.delayMs(200);
  const inFlight = driver.write([put('k', 'w')], call);
  const closing = Promise.all([driver.close(), driver.close()]);
  for (const late of [driver.get(['k'], call), driver.write([put('k', 'x')], call)]) {
    expect(await outcome(late as Promise<unknown[]>)).toMatchObject({ code: 'CLOSED' });
  }
  expect(one(await inFlight)).toMatchObject({ applied: true });
  await closing;
  await until(() => proxy.connections() === 0);
  await driver.close();
});

test('close of a driver that never connected, or cannot, is quick', async () => {
  const port = await freePort();
  const unused = redisDriver({ url: `redis://127.0.0.1:${port}` });
  await unused.close();
  const failing = redisDriver({ url: `redis://127.0.0.1:${port}` });
  await outcome(failing.get(['k'], call));
  const waiting = outcome(failing.get(['k'], call));
  const began = performance.now();
  await failing.close();
  expect(performance.now() - began).toBeLessThan(100);
  expect(await waiting).toMatchObject({ code: 'CLOSED', outcome: 'none' });
});

function countListeners(client: Redis): Record<string, number> {
  return Object.fromEntries(
    client.eventNames().map((name) => [String(name), client.listenerCount(name)]),
  );
}
