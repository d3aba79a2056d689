import { setTimeout as sleep } from 'node:timers/promises';
import { isKvError, type Write } from '@grovekv/kv-core/driver';
import { Cluster } from 'ioredis';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { type FaultProxy, startFaultProxy } from '../../../scripts/services/fault-proxy.js';
import { startRedisCluster } from '../../../scripts/services/servers.js';
import { redisDriver } from '../src/index.js';
import { keySlot } from '../src/lib/key-slot.js';
import { bytes, call, grace, one, outcome, ownPrefix, put, read, unbounded } from './support.js';

const nodes = (process.env.REDIS_CLUSTER as string).split(',').map((address) => {
  const [host, port] = address.split(':');
  return { host: host as string, port: Number(port) };
});
const driver = redisDriver({ cluster: nodes });
const cluster = new Cluster(nodes);
let prefix = ownPrefix();

beforeEach(() => {
  prefix = ownPrefix();
});

afterAll(async () => {
  await driver.close();
  cluster.disconnect();
});

test('slots are computed as the server does', async () => {
  const keys = [
    'a',
    'user:{42}:x',
    '{}x',
    '{',
    'x{}{y}',
    '{{a}}',
    'é{ü}',
    '\0',
    '}{a}',
    'a{b',
    '😀',
  ];
  for (const key of keys) expect(keySlot(key), key).toBe(await cluster.cluster('KEYSLOT', key));
});

test('batches reach every node, and come back in order', async () => {
  const keys = Array.from({ length: 300 }, (_, index) => `${prefix}${index}`);
  const tagged = Array.from({ length: 50 }, (_, index) => `{${prefix}}${index}`);
  const all = [...keys, ...tagged];
  const writes = all.map((key, index): Write => {
    const ttl = index % 3 === 0 ? 60_000 : 'none';
    return put(key, `v${index}`, { ttl, condition: index % 4 === 0 ? 'absent' : 'any' });
  });
  const written = await driver.write(writes, call);
  expect(written.every((result) => !isKvError(result) && result.applied)).toBe(true);
  for (const ttl of [false, true]) {
    const entries = await driver.get(['none', ...all], { ...call, ttl });
    expect(entries[0]).toBeUndefined();
    all.forEach((_, index) => {
      expect(entries[index + 1]).toMatchObject({ value: bytes(`v${index}`) });
    });
  }
  const counters = all.map((_, index) => ({ key: `${prefix}n${index}`, by: index, ...unbounded }));
  const counted = await driver.increment!(counters, call);
  expect(counted).toEqual(all.map((_, value) => ({ value, applied: true })));
  const deletes = all.map((key): Write => ({ type: 'delete', key, condition: 'present' }));
  expect(await driver.write(deletes, call)).toEqual(all.map(() => ({ applied: true })));
  expect(await read(driver, all[7] as string)).toBeUndefined();
});

test('a scan visits all nodes', async () => {
  const keys = Array.from({ length: 1_500 }, (_, index) => `${prefix}${index}`).sort();
  await driver.write(
    keys.map((key) => put(key, 'v')),
    call,
  );
  const found = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await driver.scan!({ prefix, cursor, limit: 100 }, call);
    for (const key of page.keys) found.add(key);
    cursor = page.cursor;
  } while (cursor !== undefined);
  expect([...found].sort()).toEqual(keys);
  await expect(
    (async () => driver.scan!({ prefix, cursor: '0@127.0.0.1:1', limit: 1 }, call))(),
  ).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});

test('a commit needs one slot, which a hash tag gives', async () => {
  expect(driver.traits.commit).toMatchObject({ scope: 'slot' });
  const [a, b] = [`{${prefix}}a`, `{${prefix}}b`];
  const checks = [{ key: b, condition: 'absent' as const }];
  expect(await driver.commit!(checks, [put(a, '1'), put(`${b}2`, '2')], call)).toBe(true);
  expect(await driver.commit!([], [put(a, 'x', { condition: 'absent' }), put(b, 'x')], call)).toBe(
    false,
  );
  expect([await read(driver, a), await read(driver, b)]).toEqual(['1', undefined]);
  const across = async () =>
    driver.commit!([], [put(`${prefix}a`, 'x'), put(`${prefix}b`, 'x')], call);
  await expect(across()).rejects.toMatchObject({ code: 'NOT_SUPPORTED', outcome: 'none' });
  expect(await read(driver, `${prefix}a`)).toBeUndefined();
});

test('an injected cluster client is a template, and stays open', async () => {
  const own = redisDriver({ client: cluster });
  one(await own.write([put(`${prefix}k`, 'v')], call));
  await own.close();
  expect(await cluster.get(`${prefix}k`)).toBe('v');
});

test('a client of one node says that a cluster needs its option', async () => {
  const own = redisDriver({ url: `redis://127.0.0.1:${nodes[0]!.port}` });
  const results = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      outcome(own.write([put(`${prefix}${index}`, 'v')], call) as Promise<unknown[]>),
    ),
  );
  const moved = results.filter((result) => isKvError(result));
  expect(moved.length).toBeGreaterThan(0);
  for (const error of moved) {
    expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
    expect(error.message).toContain('"cluster"');
  }
  await own.close();
});

test('slots that move under load: nothing is lost, done twice, or in doubt', async () => {
  const key = `${prefix}moving`;
  const slot = keySlot(key);
  const ids = new Map<number, string>();
  const masters = cluster.nodes('master');
  for (const node of masters)
    ids.set(node.options.port as number, (await node.cluster('MYID')) as string);
  const owner = cluster.slots[slot]![0]!;
  const from = masters.find(({ options }) => owner.endsWith(`:${options.port}`))!;
  const to = masters.find((node) => node !== from)!;
  let running = true;
  const results: unknown[] = [];
  const load = Promise.all(
    Array.from({ length: 8 }, async () => {
      while (running) {
        results.push(await outcome(driver.increment!([{ key, by: 1, ...unbounded }], call)));
        await sleep(1);
      }
    }),
  );
  await sleep(50);
  const move = async (source: typeof from, target: typeof to): Promise<void> => {
    const [sourceId, targetId] = [source, target].map(
      ({ options }) => ids.get(options.port as number)!,
    );
    await target.cluster('SETSLOT', slot, 'IMPORTING', sourceId as string);
    await source.cluster('SETSLOT', slot, 'MIGRATING', targetId as string);
    await sleep(30);
    await source.migrate('127.0.0.1', target.options.port as number, key, 0, 5_000);
    await sleep(30);
    for (const node of masters) await node.cluster('SETSLOT', slot, 'NODE', targetId as string);
    await sleep(50);
  };
  await move(from, to);
  await move(to, from);
  running = false;
  await load;
  expect(results.filter((result) => isKvError(result))).toEqual([]);
  expect(await read(driver, key)).toBe(String(results.length));
});

test('lost replies: numbers in doubt lie between, and nothing is sent again', async () => {
  const proxies = new Map<string, FaultProxy>();
  for (const { host, port } of nodes) proxies.set(`${host}:${port}`, await startFaultProxy(port));
  const own = redisDriver({
    cluster: [...proxies.values()].map(({ port }) => ({ host: '127.0.0.1', port })),
    options: {
      natMap: Object.fromEntries(
        Array.from(proxies, ([name, { port }]) => [name, { host: '127.0.0.1', port }]),
      ),
    },
  });
  const keys = Array.from({ length: 12 }, (_, index) => `${prefix}n${index}`);
  const books = keys.map(() => ({ acked: 0, inDoubt: 0 }));
  let running = true;
  const load = Promise.all(
    keys.map(async (key, index) => {
      const book = books[index] as { acked: number; inDoubt: number };
      while (running) {
        const result = await outcome(
          own.increment!([{ key, by: 1, ...unbounded }], { timeoutMs: 500 }),
        );
        if (!isKvError(result)) book.acked += 1;
        else if (result.outcome === 'unknown') book.inDoubt += 1;
        await sleep(1);
      }
    }),
  );
  const inDoubt = (): number => books.reduce((sum, book) => sum + book.inDoubt, 0);
  for (let round = 0; round < 6 || (inDoubt() <= keys.length && round < 60); round += 1) {
    await sleep(150);
    for (const proxy of proxies.values()) proxy.swallowReplies(true);
    await sleep(round % 3 === 2 ? 700 : 50);
    for (const proxy of proxies.values()) proxy.swallowReplies(false);
  }
  await sleep(300);
  running = false;
  await load;
  await own.close();
  for (const proxy of proxies.values()) await proxy.close();
  expect(inDoubt()).toBeGreaterThan(keys.length);
  for (const [index, { acked, inDoubt }] of books.entries()) {
    const final = Number(await read(driver, keys[index] as string));
    expect(final).toBeGreaterThanOrEqual(acked);
    expect(final).toBeLessThanOrEqual(acked + inDoubt);
  }
});

test('a killed node is unavailable, the others serve, and each call ends in time', async () => {
  const own = await startRedisCluster();
  // The first of three masters has the first third of the slots.
  const lastSlot = 5_460;
  for (const node of own.nodes) {
    const client = new Cluster([{ port: node.port, host: '127.0.0.1' }]);
    await Promise.all(
      client.nodes().map((it) => it.config('SET', 'cluster-require-full-coverage', 'no')),
    );
    client.disconnect();
  }
  const victim = own.nodes[0]!;
  const timeoutMs = 1_000;
  const other = redisDriver({
    cluster: own.nodes.map(({ port }) => ({ host: '127.0.0.1', port })),
  });
  try {
    const keys = Array.from({ length: 60 }, (_, index) => `k${index}`);
    const puts = keys.map((key) => put(key, 'v'));
    for (const result of await other.write(puts, { timeoutMs }))
      expect(result).toEqual({ applied: true });
    const dead = new Set<string>();
    for (const key of keys) if (keySlot(key) <= lastSlot) dead.add(key);
    expect(dead.size).toBeGreaterThan(0);
    await victim.kill9();
    let served = 0;
    for (let round = 0; round < 15; round += 1) {
      const began = performance.now();
      const results = await other.write(puts, { timeoutMs });
      expect(performance.now() - began).toBeLessThan(timeoutMs + grace());
      results.forEach((result, index) => {
        if (!isKvError(result)) {
          served += 1;
          expect(dead).not.toContain(keys[index]);
        } else if (dead.has(keys[index] as string)) {
          expect(result.code).toBe('UNAVAILABLE');
        } else {
          // For a moment the other nodes may doubt that they are the majority.
          expect(result).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
          expect(result.message).toContain('CLUSTERDOWN');
        }
      });
      const reads = await other.get(keys, { timeoutMs, ttl: false });
      reads.forEach((entry, index) => {
        if (isKvError(entry)) expect(entry).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
        else expect(entry, keys[index]).toMatchObject({ value: bytes('v') });
      });
      await sleep(300);
    }
    expect(served).toBeGreaterThan(0);
  } finally {
    await other.close();
    await own.stop();
  }
});

test('a stopped node: its keys time out, the others serve', async () => {
  const own = await startRedisCluster();
  const other = redisDriver({
    cluster: own.nodes.map(({ port }) => ({ host: '127.0.0.1', port })),
  });
  const timeoutMs = 1_000;
  try {
    const keys = Array.from({ length: 60 }, (_, index) => `k${index}`);
    await other.write(
      keys.map((key) => put(key, 'v')),
      { timeoutMs },
    );
    process.kill(own.nodes[1]!.pid, 'SIGSTOP');
    const began = performance.now();
    const results = await other.write(
      keys.map((key) => put(key, 'w')),
      { timeoutMs },
    );
    expect(performance.now() - began).toBeLessThan(timeoutMs + grace());
    const failed = results.filter((result) => isKvError(result));
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThan(keys.length);
    for (const error of failed)
      expect(error).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
    process.kill(own.nodes[1]!.pid, 'SIGCONT');
    let mended: unknown[] = [];
    for (let round = 0; round < 100 && (round === 0 || mended.some(isError)); round += 1) {
      await sleep(50);
      mended = await other.get(keys, { timeoutMs, ttl: false });
    }
    for (const entry of mended) expect(entry).toMatchObject({ value: bytes('w') });
  } finally {
    await other.close();
    await own.stop();
  }
});

test('a cluster that is down at the first call: an error in time', async () => {
  const own = redisDriver({ cluster: [{ host: '127.0.0.1', port: 1 }] });
  const began = performance.now();
  const error = await outcome(own.write([put('k', 'v')], { timeoutMs: 1_000 }));
  expect(performance.now() - began).toBeLessThan(1_000 + grace());
  expect(error).toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
  await own.close();
});

function isError(thing: unknown): boolean {
  return isKvError(thing);
}
