import { inspect } from 'node:util';
import type { Write } from '@grovekv/kv-core/driver';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { startRedis } from '../../../scripts/services/servers.js';
import { redisDriver } from '../src/index.js';
import { call, one, outcome, put, read, unbounded } from './support.js';

test('out of memory, or read-only: definite errors, nothing changed', async () => {
  const server = await startRedis();
  const admin = new Redis(server.url);
  const own = redisDriver({ url: server.url });
  const refused = { code: 'UNAVAILABLE', outcome: 'none' };
  const writes: Write[][] = [
    [put('a', 'secret')],
    [put('a', 'secret'), put('b', 'secret')],
    [put('a', 'secret', { condition: 'present' })],
    [put('a', 'secret', { ttl: 60_000 }), put('b', 'secret', { ttl: 'keep' })],
  ];
  const check = async (text: string): Promise<void> => {
    for (const some of writes) {
      for (const result of await own.write(some, call)) {
        expect(result).toMatchObject(refused);
        expect((result as Error).message).toContain(text);
        expect(inspect(result, { depth: 9, showHidden: true })).not.toContain('secret');
      }
    }
    expect(
      await outcome(
        own.increment!([{ key: 'n', by: 1, ...unbounded }], call) as Promise<unknown[]>,
      ),
    ).toMatchObject(refused);
    await expect(
      (async () =>
        own.commit!(
          [],
          [put('b', 'secret'), { type: 'delete', key: 'a', condition: 'any' }],
          call,
        ))(),
    ).rejects.toMatchObject(refused);
    expect(await read(own, 'a')).toBe('1');
    expect(await read(own, 'b')).toBeUndefined();
  };
  try {
    await own.write([put('a', '1')], call);
    await admin.config('SET', 'maxmemory', '1');
    await check('OOM');
    await admin.config('SET', 'maxmemory', '0');
    await admin.config('SET', 'min-replicas-to-write', '1');
    await check('NOREPLICAS');
    await admin.config('SET', 'min-replicas-to-write', '0');
    await admin.replicaof('127.0.0.1', 1);
    for (const some of writes) {
      for (const result of await own.write(some, call)) expect(result).toMatchObject(refused);
    }
    await admin.replicaof('NO', 'ONE');
    one(await own.write([put('a', '3')], call));
  } finally {
    admin.disconnect();
    await own.close();
    await server.stop();
  }
});
