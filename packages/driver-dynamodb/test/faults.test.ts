import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Driver, isKvError, type KvError } from '@grovekv/kv-core/driver';
import { expect, test } from 'vitest';
import { startFaultProxy } from '../../../scripts/services/fault-proxy.js';
import { freePort } from '../../../scripts/services/free-port.js';
import { startDynalite } from '../../../scripts/services/servers.js';
import { after } from '../../../tests/support/after-each-test.js';
import { breakConnections, loseReplies } from '../../../tests/support/break-connections.js';
import { expectCount, loadIncrements } from '../../../tests/support/load.js';
import { dynamodbDriver } from '../src/index.js';
import { at, call, grace, one, outcome, put, read, unbounded, until } from './support.js';

const timeoutMs = 1_000;

/** A driver on a server of its own, through a proxy. */
async function throughProxy() {
  const server = after(await startDynalite(), (server) => server.stop());
  const proxy = after(await startFaultProxy(server.port), (proxy) => proxy.close());
  const driver = dynamodbDriver(at(`http://127.0.0.1:${proxy.port}`));
  after(driver, (driver) => driver.close());
  await driver.write([put('k', 'v')], call);
  return { server, proxy, driver };
}

/** Adds to one counter from several callers. */
function add(driver: Driver, key: string, callers: number) {
  return loadIncrements(driver, key, callers, timeoutMs);
}

test('an endpoint killed under load and restarted: every call settles in time, then all is well', async () => {
  const dir = after(await mkdtemp(join(tmpdir(), 'grovekv-dynamodb-')), (dir) =>
    rm(dir, { recursive: true, force: true }),
  );
  let server = await startDynalite({ dir });
  after(undefined, () => server.stop());
  const { port } = server;
  const driver = after(dynamodbDriver(at(server.url)), (driver) => driver.close());
  await driver.write([put('k', 'v')], call);
  const { stop, book } = add(driver, 'n', 16);
  for (let round = 0; round < 2; round += 1) {
    const { acked, failed } = book;
    await until(() => book.acked > acked + 50);
    await server.kill9();
    await until(() => book.failed > failed + 50);
    server = await startDynalite({ dir, port });
    await until(() => book.acked > acked + 100);
  }
  await stop();
  expectCount(Number(await read(driver, 'n')), book);
  expect(await read(driver, 'k')).toBe('v');
});

test('lost replies: a number in doubt lies between, and nothing is applied twice', async () => {
  const { proxy, driver } = await throughProxy();
  const { stop, book } = add(driver, 'n', 16);
  await loseReplies({ proxy, book, rounds: 4, each: 50 }, timeoutMs);
  await stop();
  expect(book.inDoubt).toBeGreaterThanOrEqual(2 * 16);
  expectCount(Number(await read(driver, 'n')), book);
});

test('lost requests, resets and orderly ends are never applied twice either', async () => {
  const { proxy, driver } = await throughProxy();
  const { stop, book } = add(driver, 'n', 16);
  await breakConnections({ proxy, book, rounds: 9, each: 30 });
  await stop();
  expectCount(Number(await read(driver, 'n')), book);
});

test('a write whose reply is lost is settled by what is stored', async () => {
  const { proxy, driver } = await throughProxy();
  const writes = [
    () => driver.write([put('a', '1', { condition: 'absent' })], call),
    () => driver.write([put('b', '1'), put('c', '1')], call),
    () => driver.increment!([{ key: 'n', by: 5, ...unbounded }], call),
  ];
  for (const write of writes) {
    proxy.swallowReplies(true);
    const writing = write();
    await sleep(300);
    proxy.swallowReplies(false);
    for (const result of await writing) expect(result).toMatchObject({ applied: true });
  }
  expect(await read(driver, 'n')).toBe('5');
});

test('a stopped server: calls time out in doubt, reads are never in doubt, and it recovers', async () => {
  const { server, driver } = await throughProxy();
  process.kill(server.pid, 'SIGSTOP');
  after(undefined, () => process.kill(server.pid, 'SIGCONT'));
  const began = performance.now();
  const [write, get, batch, many] = await Promise.all([
    outcome(driver.write([put('k', 'w')], { timeoutMs })),
    outcome(driver.get(['k'], { timeoutMs, ttl: false })),
    outcome(driver.write([put('a', '1'), put('b', '2')], { timeoutMs })),
    // More than are sent at once: those that were not sent failed for certain.
    driver.write(
      Array.from({ length: 100 }, (_, index) => put(`m${index}`, '1', { condition: 'absent' })),
      { timeoutMs },
    ),
  ]);
  expect(performance.now() - began).toBeLessThan(timeoutMs + grace());
  expect(write).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
  expect(get).toMatchObject({ code: 'TIMEOUT', outcome: 'none' });
  expect(batch).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
  const outcomes = new Set(many.map((result) => isKvError(result, 'TIMEOUT') && result.outcome));
  expect(outcomes).toEqual(new Set(['unknown', 'none']));
  process.kill(server.pid, 'SIGCONT');
  await until(async () => !isKvError(await outcome(driver.get(['k'], { timeoutMs, ttl: false }))));
});

test('a server that is down at the first call: a definite error at once; later it is found', async () => {
  const port = await freePort();
  for (const createTable of [true, false]) {
    const options = { ...at(`http://127.0.0.1:${port}`), createTable };
    const driver = after(dynamodbDriver(options), (driver) => driver.close());
    const began = performance.now();
    const errors = await Promise.all(
      Array.from({ length: 20 }, () => outcome(driver.write([put('k', 'v')], { timeoutMs }))),
    );
    expect(performance.now() - began).toBeLessThan(timeoutMs + grace());
    for (const error of errors) {
      expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
      expect((error as KvError).message).toContain('ECONNREFUSED');
    }
  }
  after(await startDynalite({ port }), (server) => server.stop());
  const missing = dynamodbDriver({ ...at(`http://127.0.0.1:${port}`), createTable: false });
  const error = await outcome(missing.write([put('k', 'v')], call));
  expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
  expect((error as KvError).message).toContain('createTable');
  const driver = after(dynamodbDriver(at(`http://127.0.0.1:${port}`)), (driver) => driver.close());
  one(await driver.write([put('k', 'v')], call));
  expect(await read(missing, 'k')).toBe('v');
  await missing.close();
});

test('close waits for what is in flight, and refuses the rest', async () => {
  const { proxy, driver } = await throughProxy();
  proxy.delayMs(100);
  // Several requests each: the first condition fails, then what stands there is read.
  const inFlight = driver.write([put('k', 'w', { condition: 'absent' })], call);
  const adding = driver.increment!([{ key: 'n', by: 1, ...unbounded, ttlOnCreate: 60_000 }], call);
  const closing = Promise.all([driver.close(), driver.close()]);
  for (const late of [driver.get(['k'], call), driver.write([put('k', 'x')], call)]) {
    expect(await outcome(late as Promise<unknown[]>)).toMatchObject({ code: 'CLOSED' });
  }
  expect(one(await inFlight)).toMatchObject({ applied: false, current: { entry: {} } });
  expect(one(await adding)).toEqual({ value: 1, applied: true });
  await closing;
  await until(() => proxy.connections() === 0);
});

test('close of a driver that never connected, or cannot, is quick', async () => {
  const unused = dynamodbDriver(at('http://127.0.0.1:1'));
  await unused.close();
  const server = after(await startDynalite(), (server) => server.stop());
  const proxy = after(await startFaultProxy(server.port), (proxy) => proxy.close());
  proxy.swallowReplies(true);
  const waiting = dynamodbDriver(at(`http://127.0.0.1:${proxy.port}`));
  const get = outcome(waiting.get(['k'], call));
  await sleep(50);
  const began = performance.now();
  await waiting.close();
  expect(performance.now() - began).toBeLessThan(grace());
  expect(await get).toMatchObject({ code: 'CLOSED', outcome: 'none' });
});
