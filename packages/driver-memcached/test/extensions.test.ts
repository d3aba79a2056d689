import { once } from 'node:events';
import { connect } from 'node:net';
import { counterConformance, lockConformance } from '@grovekv/conformance';
import { createCounter } from '@grovekv/ext-counter';
import { createLock } from '@grovekv/ext-lock';
import { createStore } from '@grovekv/kv-core';
import { describe, expect, it } from 'vitest';
import { startMemcached } from '../../../scripts/services/servers.js';
import { memcachedDriver } from '../src/index.js';

const servers = process.env.MEMCACHED_SERVERS as string;
const onMemcached = { name: 'memcached', describe, it, create: () => memcachedDriver({ servers }) };

counterConformance({
  ...onMemcached,
  createCounter: (store, name, options) => createCounter(store, name, options),
  createExactCounter: (store, name) => createCounter(store, name, { exactRetries: true }),
});

lockConformance({
  ...onMemcached,
  createLock: (store, name, options) => createLock(store, name, options),
});

lockConformance({
  ...onMemcached,
  name: 'memcached, fair',
  createLock: (store, name, options) => createLock(store, name, { ...options, fair: true }),
});

it('a lock that the server evicts can be taken by another, whose fence is higher', async () => {
  const server = await startMemcached();
  const stores = [0, 1].map(() =>
    createStore({ driver: memcachedDriver({ servers: server.url }) }),
  );
  const [first, second] = stores.map((store) => createLock(store, 'evicted', { ttlMs: 60_000 }));
  const flush = async (): Promise<void> => {
    const socket = connect(server.port, '127.0.0.1');
    socket.write('flush_all\r\n');
    await once(socket, 'data');
    socket.destroy();
  };
  const fences: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const evicted = await first!.acquire();
    await flush();
    const other = await second!.acquire();
    fences.push(evicted.fence, other.fence);
    expect(await evicted.release()).toBe(false);
    await other.release();
    // What is lost now is only the trace of the last fence.
    await flush();
  }
  expect(fences).toEqual([...new Set(fences)].sort((a, b) => a - b));
  for (const store of stores) await store.close();
  await server.stop();
});
