import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createStore, type Store } from '@grovekv/kv-core';
import { afterEach, describe, expect, it } from 'vitest';
import { startRedis } from '../../../scripts/services/servers.js';
import { seededRandom } from '../../../tests/support/seeded-random.js';
import { type Kind, openDriver, place } from '../../../tests/support/shared-drivers.js';
import { createQueue, type Queue } from '../src/index.js';
import { MortalWorker } from './mortal-worker.js';
import { TERMS } from './terms.js';

/** 20,000 is the size of a long run. */
const JOBS = Number(process.env.GROVE_QUEUE_JOBS ?? 4_000);
const WORKERS = 4;
const TIMEOUT_MS = 300_000;
const isPoison = (n: number): boolean => n % 400 === 17;

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const work of cleanUp.splice(0).reverse()) await work();
});

async function again<T>(call: () => Promise<T>): Promise<T> {
  const until = Date.now() + 60_000;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (Date.now() > until) throw error;
      await sleep(20);
    }
  }
}

/** Enqueues until each job is acknowledged: by its id it is one job, however often it was tried. */
async function produce(queue: Queue<{ n: number; poison: boolean }>, withIds: boolean) {
  let next = 0;
  const producer = async (): Promise<void> => {
    while (next < JOBS) {
      const n = next++;
      const options = withIds ? { id: `job-${n}` } : {};
      await again(() => queue.enqueue({ n, poison: isPoison(n) }, options));
    }
  };
  await Promise.all(Array.from({ length: 32 }, producer));
}

async function survive(kind: Kind, address: string, disturb?: (store: Store) => Promise<void>) {
  const random = seededRandom();
  const name = `processes-${randomUUID()}`;
  const store = createStore({ driver: openDriver(kind, address), timeoutMs: 5_000 });
  cleanUp.push(() => store.close());
  const queue = createQueue<{ n: number; poison: boolean }>(store, name, TERMS);
  const workers = Array.from(
    { length: WORKERS },
    () => new MortalWorker([kind, address, name], random),
  );
  cleanUp.push(() => Promise.all(workers.map((worker) => worker.end())));

  await Promise.all([produce(queue, disturb !== undefined), disturb?.(store)]);
  const poison = Array.from({ length: JOBS }, (_, n) => n).filter(isPoison);
  let stats = await again(() => queue.stats());
  const until = Date.now() + TIMEOUT_MS - 60_000;
  while (stats.waiting + stats.active + stats.delayed > 0) {
    if (Date.now() > until) throw new Error(`not done: ${JSON.stringify(stats)}`);
    await sleep(200);
    stats = await again(() => queue.stats());
  }
  // A few more deaths, so that there are some in a short run too.
  await Promise.all(workers.map((worker) => worker.end()));

  const told = workers.flatMap((worker) => worker.told);
  const kills = workers.reduce((sum, worker) => sum + worker.kills, 0);
  const of = (...words: string[]) => told.filter(({ what }) => words.includes(what));
  const begun = told.filter(({ what }) => what.startsWith('begin-'));
  console.info(
    `${JOBS} jobs, ${begun.length} deliveries, ${kills} kills, ${of('lost').length} lost leases`,
  );
  expect(kills).toBeGreaterThanOrEqual(WORKERS);

  const done = new Set(of('done').map(({ n }) => n));
  const undone = Array.from({ length: JOBS }, (_, n) => n).filter(
    (n) => !isPoison(n) && !done.has(n),
  );
  expect(undone, 'jobs that were lost').toEqual([]);

  const dead = await again(() => queue.dead.list({ limit: 10_000 }));
  const deadOnes = dead.map(({ payload }) => payload.n).sort((one, other) => one - other);
  expect(deadOnes, 'dead letters').toEqual(poison);

  const tokens = begun.map(({ token }) => token);
  expect(new Set(tokens).size, 'tokens').toBe(tokens.length);
  const completed = of('completed');
  expect(new Set(completed.map(({ n }) => n)).size, 'acks of a job').toBe(completed.length);
  const ackedAt = new Map(completed.map(({ n, at }) => [n, at]));
  const late = begun.filter(({ n, at }) => at > (ackedAt.get(n) ?? Number.POSITIVE_INFINITY));
  expect(late, 'deliveries after the ack').toEqual([]);
  const deliveries = new Map<number, number>();
  for (const { n } of begun) deliveries.set(n, (deliveries.get(n) ?? 0) + 1);
  expect(Math.max(...deliveries.values())).toBeLessThanOrEqual(TERMS.maxAttempts!);
}

describe(`${JOBS} jobs, ${WORKERS} workers that are killed again and again`, () => {
  it(
    'lmdb',
    async () => {
      const { address, remove } = await place('lmdb');
      cleanUp.push(remove);
      await survive('lmdb', address);
    },
    TIMEOUT_MS,
  );

  it(
    'redis',
    async () => {
      const { address } = await place('redis');
      await survive('redis', address);
    },
    TIMEOUT_MS,
  );

  it(
    'redis, which is killed as well and keeps every acknowledged write',
    async () => {
      const dir = mkdtempSync(join(tmpdir(), 'ext-queue-redis-'));
      cleanUp.push(() => rmSync(dir, { recursive: true, force: true }));
      let server = await startRedis({ appendonly: true, dir });
      cleanUp.push(() => server.stop());
      const { port, url } = server;
      await survive('redis', url, async () => {
        for (let restart = 0; restart < 3; restart += 1) {
          await sleep(700);
          await server.kill9();
          await sleep(100);
          server = await startRedis({ appendonly: true, dir, port });
        }
      });
    },
    TIMEOUT_MS,
  );
});
