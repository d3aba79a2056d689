import { describe, expect, it } from 'vitest';
import { createWorld, type Fault, settled } from '../../../../tests/support/world.js';
import { createQueue, type QueueOptions } from '../index.js';

const TERMS: QueueOptions<number> = {
  visibilityMs: 10_000,
  maxAttempts: 1,
  backoff: { type: 'fixed', delayMs: 0 },
};

describe('when things go wrong', () => {
  it('a producer that stalled takes back the segment that it made behind the head', async () => {
    const { clock, driver, process } = createWorld({ timeoutMs: 2_000 });
    const terms = { ...TERMS, tombstoneMs: 1_000 };
    const stalled = createQueue<number>(process(), 'q', terms);
    const others = createQueue<number>(process(), 'q', terms);
    // It has read that segment 0 is to be made, and stalls before it writes.
    let wakeUp!: () => void;
    driver.before = () =>
      new Promise((resolve) => {
        wakeUp = resolve;
      });
    const late = stalled.enqueue(4_711);
    await settled(clock);
    for (let round = 0; round < 12; round += 1) {
      await others.enqueueMany(Array.from({ length: 64 }, (_, payload) => ({ payload })));
      for (const job of await others.reserveMany(64)) await job.ack();
    }
    await others.reserve();
    await settled(clock);
    await clock.advance(2_000);
    expect(await process().raw.has('queue:q:r0:0')).toBe(false);
    wakeUp();
    await late;
    const found = await others.reserveMany(5);
    expect(found.map(({ payload }) => payload)).toEqual([4_711]);
  });

  it.each<Fault>(['reply', 'request'])('an enqueue whose %s was lost is one job', async (fault) => {
    const { driver, process } = createWorld({ timeoutMs: 2_000 });
    const queue = createQueue<number>(process(), 'q', TERMS);
    await queue.enqueue(1);
    driver.fault = fault;
    const sent = queue.enqueue(2);
    setTimeout(() => {
      driver.fault = 'none';
    }, 20);
    await sent;
    const jobs = await queue.reserveMany(9);
    expect(jobs.map(({ payload }) => payload)).toEqual([1, 2]);
  });

  it('a reservation and an ack whose replies were lost are settled by asking again', async () => {
    const { driver, process } = createWorld({ timeoutMs: 2_000 });
    const queue = createQueue<number>(process(), 'q', TERMS);
    await queue.enqueueMany([{ payload: 1 }, { payload: 2 }]);
    driver.fault = 'reply';
    const jobs = await queue.reserveMany(1);
    expect(jobs.map(({ payload }) => payload)).toEqual([1]);
    expect((await queue.stats()).active).toBe(1);
    driver.fault = 'reply';
    await jobs[0]?.ack();
    expect(await queue.stats()).toMatchObject({ active: 0, waiting: 1 });
  });

  // A move is five writes or so: it is cut off after each of them, by a death or by a lost reply.
  it.each(
    Array.from({ length: 8 }, (_, after) => after).flatMap((after) =>
      (['down', 'cut'] as const).map((fault) => ({ after, fault })),
    ),
  )(
    'a move that is cut off ($fault after $after writes) is made once',
    async ({ after, fault }) => {
      const { clock, driver, process } = createWorld({ timeoutMs: 2_000 });
      const first = createQueue<number>(process(), 'q', TERMS);
      await first.enqueue(1);
      const job = await first.reserve();
      driver.after = after;
      driver.fault = fault;
      const nack = job?.nack({ reason: 'no' }).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 5));
      driver.after = 0;
      driver.fault = 'none';
      await clock.advance(20_000);
      await nack;
      const second = createQueue<number>(process(), 'q', TERMS);
      for (let look = 0; look < 5; look += 1) {
        expect(await second.reserve()).toBeUndefined();
        await clock.advance(4_000);
      }
      expect((await second.dead.list()).map(({ payload }) => payload)).toEqual([1]);
      expect(await second.stats()).toMatchObject({ waiting: 0, active: 0, delayed: 0, dead: 1 });
    },
  );

  it('a dedupe key does not outlive its job, though freeing it failed', async () => {
    const { driver, process } = createWorld({ timeoutMs: 2_000 });
    const queue = createQueue<number>(process(), 'q', TERMS);
    await queue.enqueue(1, { dedupe: 'key' });
    const job = await queue.reserve();
    driver.after = 1;
    driver.fault = 'down';
    await job?.ack();
    driver.fault = 'none';
    const other = createQueue<number>(process(), 'q', TERMS);
    expect(await other.enqueue(2, { dedupe: 'key' })).toMatchObject({ duplicate: false });
    expect((await other.reserve())?.payload).toBe(2);
  });

  it('a dead job frees its dedupe key, a job that rests far away does not', async () => {
    const { process } = createWorld({ timeoutMs: 2_000 });
    const queue = createQueue<number>(process(), 'q', { ...TERMS, maxAttempts: 2 });
    await queue.enqueue(1, { dedupe: 'key' });
    await (await queue.reserve())?.nack({ delayMs: 60_000 });
    expect(await queue.enqueue(2, { dedupe: 'key' })).toMatchObject({ duplicate: true });
    const dying = createQueue<number>(process(), 'r', TERMS);
    await dying.enqueue(1, { dedupe: 'key' });
    await (await dying.reserve())?.nack();
    expect(await dying.enqueue(2, { dedupe: 'key' })).toMatchObject({ duplicate: false });
  });

  it('a wall clock set forward or back ends no lease of a process that looks on', async () => {
    for (const jump of [3_600_000, -3_600_000]) {
      const { clock, process } = createWorld({ timeoutMs: 2_000 });
      const queue = createQueue<number>(process(), 'q', { ...TERMS, maxAttempts: 3 });
      await queue.enqueue(1);
      const job = await queue.reserve();
      clock.jump(jump);
      expect(await queue.reserve()).toBeUndefined();
      expect(job?.held).toBe(true);
      await clock.advance(9_000);
      expect(await queue.reserve()).toBeUndefined();
      await job?.ack();
    }
  });

  it('nor one of a process whose last write failed', async () => {
    for (const fault of ['down', 'request'] as const) {
      const { clock, driver, process } = createWorld();
      const queue = createQueue<number>(process(), 'q', { ...TERMS, maxAttempts: 3 });
      await queue.enqueue(1);
      const job = await queue.reserve();
      await clock.advance(1_000);
      driver.fault = fault;
      const both = [queue.enqueue(2), queue.enqueue(3)];
      for (const sent of both) await expect(sent).rejects.toThrow();
      driver.fault = 'none';
      clock.jump(3_600_000);
      expect(await queue.reserve()).toBeUndefined();
      expect(job?.held).toBe(true);
      await job?.ack();
    }
  });

  it('what was given back cannot be acknowledged any more', async () => {
    const { process } = createWorld({ timeoutMs: 2_000 });
    const queue = createQueue<number>(process(), 'q', { ...TERMS, maxAttempts: 2 });
    await queue.enqueue(1);
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      const job = await queue.reserve();
      await job?.nack();
      await expect(job?.ack()).rejects.toMatchObject({ code: 'LEASE_LOST' });
      await expect(job?.extend()).rejects.toMatchObject({ code: 'LEASE_LOST' });
    }
    expect(await queue.stats()).toMatchObject({ waiting: 0, active: 0, dead: 1 });
  });

  it('many that die at once are each a dead letter, though they fill segments on the way', async () => {
    const { process } = createWorld({ timeoutMs: 60_000 });
    const queues = [0, 1].map(() => createQueue<number>(process(), 'q', TERMS));
    const numbers = Array.from({ length: 300 }, (_, n) => n);
    await queues[0]?.enqueueMany(numbers.map((payload) => ({ payload })));
    const jobs = (await Promise.all(queues.map((queue) => queue.reserveMany(150)))).flat();
    await Promise.all(jobs.map((job) => job.nack()));
    const dead = await queues[1]?.dead.list({ limit: 1_000 });
    expect(dead?.map(({ payload }) => payload).sort((a, b) => a - b)).toEqual(numbers);
    expect(await queues[0]?.dead.redrive()).toBe(300);
    expect((await queues[1]?.reserveMany(400))?.length).toBe(300);
  });

  it('a job that comes into a second while that is being closed is not lost', async () => {
    const { clock, driver, process } = createWorld({ timeoutMs: 2_000 });
    const slow = { ...clock, now: () => clock.now() - 60_000 };
    const producer = createQueue<number>(process(), 'q', { ...TERMS, clock: slow });
    const consumer = createQueue<number>(process(), 'q', TERMS);
    const runAt = clock.now() - 59_000;
    await producer.enqueue(1, { runAt });
    await (await consumer.reserve())?.ack();
    // Sealing the segment is the first write of the next look, closing the lane the second.
    driver.before = async () => {
      driver.before = async () => {
        await producer.enqueue(2, { runAt });
      };
    };
    await clock.advance(3_000);
    expect(await consumer.reserve()).toBeUndefined();
    await settled(clock);
    expect(driver.before).toBeUndefined();
    for (let look = 0; look < 3; look += 1) {
      await clock.advance(2_500);
      const job = await consumer.reserve();
      if (!job) continue;
      expect(job.payload).toBe(2);
      return;
    }
    expect.unreachable('the job was lost');
  });

  it('delayed jobs come after the store was away', async () => {
    const { clock, driver, process } = createWorld({ timeoutMs: 2_000 });
    const queue = createQueue<number>(process(), 'q', TERMS);
    const seen: number[] = [];
    const errors: unknown[] = [];
    await queue.enqueue(1, { delayMs: 2_000 });
    const worker = queue.worker(({ payload }) => void seen.push(payload), {
      onEvent: (event) => event.type === 'error' && errors.push(event.error),
    });
    await clock.advance(500);
    driver.fault = 'down';
    await clock.advance(5_000);
    expect(errors.length).toBeGreaterThan(0);
    expect(seen).toEqual([]);
    driver.fault = 'none';
    await clock.advance(1_000);
    expect(seen).toEqual([1]);
    await worker.stop();
  });
});
