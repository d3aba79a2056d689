import { createStore, type Store } from '@grovekv/kv-core';
import { memoryDriver } from '@grovekv/kv-core/memory';
import { createManualClock } from '@grovekv/kv-core/testing';
import { describe, expect, it } from 'vitest';
import { createWorld } from '../../../../tests/support/world.js';
import { createQueue, type Queue, type QueueOptions } from '../index.js';

const FIXED: QueueOptions<number> = {
  visibilityMs: 10_000,
  maxAttempts: 3,
  backoff: { type: 'fixed', delayMs: 0 },
};

function open(options: QueueOptions<number> = {}) {
  const clock = createManualClock();
  const store = createStore({ driver: memoryDriver({ clock }) });
  const queue = createQueue<number>(store, 'q', { ...FIXED, ...options });
  return { clock, store, queue };
}

async function payloads(queue: Queue<number>, most = 100): Promise<number[]> {
  return (await queue.reserveMany(most)).map(({ payload }) => payload);
}

async function keysOf(store: Store): Promise<string[]> {
  const keys: string[] = [];
  for await (const key of store.keys()) keys.push(key);
  return keys;
}

describe('a queue', () => {
  it('counts and shows its jobs through their lives', async () => {
    const { clock, queue } = open();
    const jobs = Array.from({ length: 200 }, (_, payload) => ({ payload }));
    await queue.enqueueMany(jobs);
    expect(await queue.stats()).toMatchObject({ waiting: 200, active: 0, delayed: 0, dead: 0 });
    const taken = await queue.reserveMany(150);
    expect(taken.map(({ payload }) => payload)).toEqual(jobs.slice(0, 150).map((j) => j.payload));
    expect(await queue.stats()).toMatchObject({ waiting: 50, active: 150 });
    expect((await queue.peek(2)).map(({ payload }) => payload)).toEqual([150, 151]);
    await Promise.all(taken.slice(1).map((job) => job.ack()));
    await taken[0]?.nack({ delayMs: 500, reason: 'not now' });
    expect(await queue.stats()).toMatchObject({ waiting: 50, active: 0, delayed: 1 });
    await clock.advance(500);
    expect(await queue.reserve()).toMatchObject({ payload: 0, attempt: 2 });
  });

  it('leaves nothing behind of what is done but the last segments, and those not for ever', async () => {
    const { clock, store, queue } = open();
    for (let round = 0; round < 20; round += 1) {
      await queue.enqueueMany(Array.from({ length: 64 }, (_, payload) => ({ payload })));
      for (const job of await queue.reserveMany(64)) await job.ack();
    }
    await queue.reserve();
    await clock.advance(121_000);
    await queue.reserve();
    const keys = await keysOf(store);
    expect(keys.filter((key) => key.startsWith('queue:q:r0:')).length).toBeLessThan(10);
  });

  it('keeps the order when large and small jobs alternate', async () => {
    const clock = createManualClock();
    const store = createStore({ driver: memoryDriver({ clock }) });
    const queue = createQueue<string>(store, 'sizes', { segmentBytes: 600 });
    const sent = Array.from({ length: 60 }, (_, n) => `${n}:${'x'.repeat((n % 3) * 350)}`);
    for (const payload of sent) await queue.enqueue(payload);
    const got = (await queue.reserveMany(60)).map(({ payload }) => payload);
    expect(got).toEqual(sent);
  });

  it('pauses and resumes for everybody', async () => {
    const { clock, store, queue } = open();
    const other = createQueue<number>(store, 'q', FIXED);
    await queue.enqueue(1);
    await other.pause();
    await clock.advance(250);
    expect(await queue.reserve()).toBeUndefined();
    expect((await queue.stats()).paused).toBe(true);
    await queue.enqueue(2);
    await other.resume();
    await clock.advance(251);
    expect(await payloads(queue)).toEqual([1, 2]);
  });

  it('keeps queues apart whose names contain each other', async () => {
    const { store, queue } = open();
    await queue.enqueue(1);
    for (const name of ['q:r0', 'q:', ':q', 'q::r0:0']) {
      expect(await payloads(createQueue<number>(store, name, FIXED))).toEqual([]);
    }
    expect(await payloads(queue)).toEqual([1]);
  });

  it('delays until the very moment, and forgets the second afterwards', async () => {
    const { clock, store, queue } = open();
    await queue.enqueue(1, { delayMs: 86_400_000 });
    await queue.enqueue(2, { runAt: new Date(clock.now() + 1_500), priority: 4 });
    await queue.enqueue(3, { runAt: clock.now() - 5 });
    const first = await queue.reserve();
    expect(first?.payload).toBe(3);
    await first?.ack();
    expect(await queue.stats()).toMatchObject({ delayed: 2, waiting: 0 });
    await clock.advance(1_499);
    expect(await payloads(queue)).toEqual([]);
    await clock.advance(1);
    const [job] = await queue.reserveMany(5);
    expect(job?.payload).toBe(2);
    await job?.ack();
    await clock.advance(86_400_000 - 1_501);
    expect(await payloads(queue)).toEqual([]);
    await clock.advance(1);
    const [late] = await queue.reserveMany(5);
    expect(late?.payload).toBe(1);
    await late?.ack();
    for (let look = 0; look < 4; look += 1) {
      await clock.advance(2_500);
      expect(await payloads(queue)).toEqual([]);
    }
    await clock.advance(121_000);
    expect((await keysOf(store)).filter((key) => /:d[0-9]/.test(key))).toEqual([]);
    expect(await queue.stats()).toMatchObject({ delayed: 0, waiting: 0, active: 0 });
  });

  it('backs off, twice as long after each attempt, near and far', async () => {
    const backoff = { type: 'exponential', delayMs: 4_000, maxDelayMs: 20_000 } as const;
    const { clock, queue } = open({ backoff, maxAttempts: 9 });
    await queue.enqueue(1);
    for (const rest of [4_000, 8_000, 16_000, 20_000, 20_000]) {
      const job = await queue.reserve();
      expect(job).toBeDefined();
      await job?.nack();
      await clock.advance(rest - 1);
      expect(await queue.reserve()).toBeUndefined();
      await clock.advance(1);
    }
    const last = await queue.reserve();
    expect(last?.attempt).toBe(6);
    // A lease that runs out follows the backoff too: 10 s, and 20 s from then on.
    await clock.advance(10_000 + 20_000 - 1);
    expect(await queue.reserve()).toBeUndefined();
    await clock.advance(100);
    expect((await queue.reserve())?.attempt).toBe(7);
  });

  it('redrives by id, once, and purges the rest', async () => {
    const { queue } = open({ maxAttempts: 1 });
    const [one, two] = await queue.enqueueMany([{ payload: 1 }, { payload: 2 }, { payload: 3 }]);
    for (const job of await queue.reserveMany(3)) await job.nack({ reason: `no ${job.payload}` });
    const dead = await queue.dead.list();
    expect(dead.map(({ reason }) => reason)).toEqual(['no 1', 'no 2', 'no 3']);
    const counts = await Promise.all([
      queue.dead.redrive([one!.id]),
      queue.dead.redrive([one!.id, two!.id]),
    ]);
    expect(counts[0]! + counts[1]!).toBe(2);
    expect((await payloads(queue)).sort()).toEqual([1, 2]);
    expect(await queue.dead.purge()).toBe(1);
    expect(await queue.dead.list()).toEqual([]);
  });

  it('refuses a store that may evict jobs, and says why', () => {
    const memory = memoryDriver();
    const driver = { ...memory, traits: { ...memory.traits, name: 'cache', shared: true } };
    const store = createStore({ driver });
    expect(() => createQueue(store, 'q')).toThrow(/cache driver is volatile.*evict.*allowVolatile/);
    expect(() => createQueue(store, 'q')).toThrow(
      expect.objectContaining({ code: 'NOT_SUPPORTED' }),
    );
    expect(createQueue(store, 'q', { allowVolatile: true }).name).toBe('q');
  });

  it('refuses bad input before anything is stored', async () => {
    const { store, queue } = open();
    const bad = (code: string) => expect.objectContaining({ code });
    for (const options of [
      { visibilityMs: 0 },
      { visibilityMs: Number.NaN },
      { maxAttempts: 0 },
      { maxAttempts: 1.5 },
      { backoff: { type: 'other', delayMs: 1 } },
      { backoff: { type: 'fixed', delayMs: -1 } },
      { tombstoneMs: -1 },
      { segmentBytes: '1' },
    ]) {
      expect(() => createQueue(store, 'q', options as never)).toThrow(bad('INVALID_ARGUMENT'));
    }
    for (const name of ['', '\ud800', 1]) {
      expect(() => createQueue(store, name as string)).toThrow(bad('INVALID_KEY'));
    }
    for (const options of [
      { priority: 10 },
      { priority: 0.5 },
      { delayMs: -1 },
      { delayMs: Number.POSITIVE_INFINITY },
      { runAt: new Date(Number.NaN) },
      { delayMs: 1, runAt: 5 },
      { id: '' },
      { id: 'x'.repeat(256) },
      { id: '\udc00' },
      { id: 'a', dedupe: 'b' },
      { maxAttempts: 10_001 },
    ]) {
      await expect(queue.enqueue(1, options as never)).rejects.toThrow(bad('INVALID_ARGUMENT'));
    }
    for (const payload of [undefined, Number.NaN, new Date(0), () => 1]) {
      await expect(queue.enqueue(payload as never)).rejects.toThrow(bad('INVALID_VALUE'));
    }
    const jobs = [{ payload: 1 }, { payload: 2, priority: 99 }];
    await expect(queue.enqueueMany(jobs)).rejects.toThrow(bad('INVALID_ARGUMENT'));
    const huge = 'x'.repeat(1024 * 1024) as never;
    await expect(queue.enqueue(huge)).rejects.toThrow(bad('VALUE_TOO_LARGE'));
    await expect(queue.reserveMany(0)).rejects.toThrow(bad('INVALID_ARGUMENT'));
    await expect(queue.reserve({ visibilityMs: 0 })).rejects.toThrow(bad('INVALID_ARGUMENT'));
    expect(() => queue.worker(() => 1, { concurrency: 0 })).toThrow(bad('INVALID_ARGUMENT'));
    expect(await keysOf(store)).toEqual([]);
    await queue.enqueue('x'.repeat(1_000_000) as never);
    expect(await queue.reserve()).toBeDefined();
  });

  it('says CORRUPT_VALUE for bytes that are not its own', async () => {
    const { store, queue } = open();
    await store.set('queue:q:r0:0', 'something else');
    await expect(queue.enqueue(1)).rejects.toThrow(
      expect.objectContaining({ code: 'CORRUPT_VALUE' }),
    );
    await expect(queue.reserve()).rejects.toThrow(
      expect.objectContaining({ code: 'CORRUPT_VALUE' }),
    );
  });

  it('waits for a job, and stops waiting when it is told', async () => {
    const { clock, queue } = open();
    const waiting = queue.reserve({ waitMs: 5_000 });
    await clock.advance(100);
    await queue.enqueue(1);
    expect((await waiting)?.payload).toBe(1);
    const controller = new AbortController();
    const aborted = queue.reserve({ waitMs: Number.POSITIVE_INFINITY, signal: controller.signal });
    const rejected = expect(aborted).rejects.toThrow(expect.objectContaining({ code: 'ABORTED' }));
    await clock.advance(100);
    controller.abort();
    await rejected;
    const empty = queue.reserve({ waitMs: 300 });
    await clock.advance(300);
    expect(await empty).toBeUndefined();
  });

  it('needs one write for what happens in one tick', async () => {
    const { driver, process } = createWorld({ timeoutMs: 2_000 });
    const queue = createQueue<number>(process(), 'q', FIXED);
    await queue.enqueue(0);
    await (await queue.reserve())?.ack();
    const calls = async (work: () => Promise<unknown>): Promise<number> => {
      const before = driver.calls;
      await work();
      return driver.calls - before;
    };
    const numbers = Array.from({ length: 40 }, (_, n) => n);
    expect(await calls(() => Promise.all(numbers.map((n) => queue.enqueue(n))))).toBe(1);
    let jobs: Awaited<ReturnType<typeof queue.reserveMany>> = [];
    const reserve = async (): Promise<void> => {
      jobs = (await Promise.all(numbers.map(() => queue.reserve()))).map((job) => job!);
    };
    expect(await calls(reserve)).toBe(1);
    expect(await calls(() => Promise.all(jobs.map((job) => job.extend())))).toBe(1);
    expect(await calls(() => Promise.all(jobs.map((job) => job.ack())))).toBe(1);
  });
});
