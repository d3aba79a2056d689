import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isKvError } from '@grovekv/kv-core/driver';
import { Redis } from 'ioredis';
import { expect, test } from 'vitest';
import { launch } from '../../../scripts/services/server-process.js';
import { startRedis } from '../../../scripts/services/servers.js';
import { redisDriver } from '../src/index.js';
import { call, grace, one, outcome, put, read } from './support.js';

test('follows a failover that a sentinel decides, and says of every call how it ended', async () => {
  const master = await startRedis();
  const replica = await startRedis({ args: ['--replicaof', '127.0.0.1', `${master.port}`] });
  const sentinel = await launch({
    command: 'redis-server',
    args: (port, dir) => {
      const config = [
        `port ${port}`,
        'bind 127.0.0.1',
        `sentinel monitor grove 127.0.0.1 ${master.port} 1`,
        'sentinel down-after-milliseconds grove 500',
        'sentinel failover-timeout grove 3000',
      ];
      const path = join(dir, 'sentinel.conf');
      writeFileSync(path, `${config.join('\n')}\n`);
      return [path, '--sentinel'];
    },
    question: 'PING\r\n',
    isUp: (answer) => answer.startsWith('+PONG'),
  });
  const admin = new Redis(replica.url);
  const watcher = new Redis(sentinel.port);
  const driver = redisDriver({
    options: { sentinels: [{ host: '127.0.0.1', port: sentinel.port }], name: 'grove' },
  });
  const timeoutMs = 1_000;
  try {
    await until(async () => (await admin.info('replication')).includes('master_link_status:up'));
    await until(async () => String(await watcher.call('SENTINEL', 'REPLICAS', 'grove')) !== '');
    one(await driver.write([put('k', 'before')], call));
    expect(await read(driver, 'k')).toBe('before');
    await until(async () => (await admin.get('k')) === 'before');
    await master.kill9();
    let failed = 0;
    await until(async () => {
      const began = performance.now();
      const result = await outcome(driver.write([put('k', 'after')], { timeoutMs }));
      expect(performance.now() - began).toBeLessThan(timeoutMs + grace());
      if (!isKvError(result)) return true;
      expect(['UNAVAILABLE', 'TIMEOUT']).toContain(result.code);
      failed += 1;
      return false;
    });
    expect(failed).toBeGreaterThan(0);
    expect(await admin.get('k')).toBe('after');
    expect(await read(driver, 'k')).toBe('after');
  } finally {
    admin.disconnect();
    watcher.disconnect();
    await driver.close();
    await Promise.all([sentinel, replica, master].map((server) => server.stop()));
  }
});

async function until(done: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 15_000;
  while (!(await done())) {
    if (Date.now() > deadline) throw new Error('it did not happen within 15 s');
    await sleep(50);
  }
}
