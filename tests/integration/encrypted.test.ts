import { conformanceReport, driverConformance } from '@grovekv/conformance';
import { createCounter } from '@grovekv/ext-counter';
import { createLeaderboard } from '@grovekv/ext-leaderboard';
import { createLock } from '@grovekv/ext-lock';
import { createQueue } from '@grovekv/ext-queue';
import { createRateLimiter } from '@grovekv/ext-ratelimit';
import { createSessionStore } from '@grovekv/ext-session';
import { createStore } from '@grovekv/kv-core';
import type { Driver } from '@grovekv/kv-core/driver';
import { afterAll, describe, expect, it } from 'vitest';
import { publishReport } from '../../scripts/conformance/conformance-results.js';
import { drivers } from './drivers.js';
import { hookStack } from './hook-stack.js';

const report = conformanceReport();
const chosen = drivers.filter(({ name }) => ['memory', 'lmdb', 'redis'].includes(name));

for (const driver of chosen) {
  driverConformance({
    ...driver,
    name: `${driver.name}, encrypted`,
    hooks: hookStack('conformance'),
    describe,
    it,
    report: report.add,
  });
}

afterAll(() => publishReport(report));

describe.each(chosen)('what $name stores under namespace, compression and encryption', (chosen) => {
  const secrets = [
    'correct horse battery staple',
    'needle in a haystack',
    'hunter2 hunter2',
    'owner of the lock',
    'operation 4711',
    'payload of a job',
    'reason of a failure',
    'id of a job',
  ];
  const tenant = `dump-${Math.random().toString(36).slice(2)}`;

  it('holds no plaintext and no key outside the namespace', async () => {
    const driver: Driver = chosen.create();
    const plain = createStore({ driver });
    const before = await keysOf(plain);
    const store = plain.with({ hooks: hookStack(tenant) });

    await store.set('one', { secret: secrets[0] });
    await store.setMany([
      ['two', secrets[1]],
      ['three', secrets[1]?.repeat(50)],
    ]);
    await store.update('four', () => ({ put: [secrets[2]], result: undefined }));
    await store.increment('five', 123_456_789);
    await store.batch([{ type: 'set', key: 'six', value: secrets[0] }]);
    if (plain.capabilities.commit) {
      await store.atomic({ writes: [{ type: 'set', key: 'seven', value: secrets[2] }] });
    }

    const lock = createLock(store, 'door', { ttlMs: 5_000, owner: secrets[3] as string });
    const lease = await lock.acquire();
    await createCounter(store, 'visits').add(987_654_321);
    await createCounter(store, 'exact', { exactRetries: true }).add(1, {
      opId: secrets[4] as string,
    });

    const queue = createQueue(store, 'jobs', { maxAttempts: 1 });
    await queue.enqueue(secrets[5], { id: secrets[7] as string });
    await (await queue.reserve())?.nack({ reason: secrets[6] as string });
    await queue.enqueue(secrets[5], { delayMs: 60_000, priority: 3 });

    const session = await createSessionStore(store, { ttlMs: 60_000 }).create({
      note: 'field of a session',
    });
    await createRateLimiter(store, 'limit', { limit: 5, windowMs: 60_000 }).limit('ada');
    await createLeaderboard(store, 'board', { allowVolatile: true }).set('ada', 7);

    const added = (await keysOf(plain)).filter((key) => !before.includes(key));
    expect(added.length).toBeGreaterThanOrEqual(9);
    expect(added.filter((key) => !key.startsWith(`${tenant}:`))).toEqual([]);
    for (const key of added) {
      const bytes = (await plain.raw.get(key)) as Uint8Array;
      const dump = Buffer.from(bytes).toString('latin1');
      for (const secret of [...secrets, session.id, '123456789', '987654321'])
        expect(dump).not.toContain(secret);
    }
    expect(await store.get('one')).toEqual({ secret: secrets[0] });
    await lease.release();
    await plain.close();
  });
});

async function keysOf(store: ReturnType<typeof createStore>): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.keys()) keys.push(key);
  return keys;
}
