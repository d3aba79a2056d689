import { KvError } from '@grovekv/kv-core';
import { describe, expect, it } from 'vitest';
import { createWorld, settled } from '../../../../tests/support/world.js';
import { createQueue, type Queue, type QueueOptions } from '../index.js';

const TERMS: QueueOptions<number> = {
  visibilityMs: 10_000,
  maxAttempts: 1,
  backoff: { type: 'fixed', delayMs: 0 },
};

async function die(queue: Queue<number>, ...payloads: number[]): Promise<void> {
  await queue.enqueueMany(payloads.map((payload) => ({ payload })));
  for (const job of await queue.reserveMany(payloads.length)) await job.nack({ reason: 'no' });
}

describe('dead letters', () => {
  it('can be listed and peeked at, though the payload of one cannot be decoded', async () => {
    const { process } = createWorld({ timeoutMs: 2_000 });
    const codec = {
      name: 'picky',
      encode: (value: number) => new TextEncoder().encode(String(value)),
      decode(bytes: Uint8Array) {
        const value = Number(new TextDecoder().decode(bytes));
        if (value === 13) throw new Error('cannot be read');
        return value;
      },
    };
    const queue = createQueue<number>(process(), 'q', { ...TERMS, codec });
    await die(queue, 12, 13, 14);
    const list = await queue.dead.list();
    expect(list.map(({ reason }) => reason)).toEqual(['no', 'no', 'no']);
    expect(list[0]?.payload).toBe(12);
    expect(() => list[1]?.payload).toThrow('cannot be read');
    expect(JSON.parse(JSON.stringify(list))).toMatchObject([{ payload: 12 }, {}, { payload: 14 }]);
    expect(await queue.dead.purge([list[1]!.id])).toBe(1);
    expect(await queue.dead.list()).toMatchObject([{ payload: 12 }, { payload: 14 }]);
    await queue.enqueueMany([{ payload: 13 }, { payload: 15 }]);
    expect((await queue.peek()).at(1)?.payload).toBe(15);
  });

  it.each(
    Array.from({ length: 7 }, (_, after) => after).flatMap((after) =>
      (['down', 'cut'] as const).map((fault) => ({ after, fault })),
    ),
  )(
    'a redrive that is cut off ($fault after $after writes) says so, and the next one ends it',
    async ({ after, fault }) => {
      const { clock, driver, process } = createWorld();
      const queue = createQueue<number>(process(), 'q', TERMS);
      await die(queue, 7);
      driver.after = after;
      driver.fault = fault;
      const answer = await queue.dead.redrive().catch((error: unknown) => error);
      driver.after = 0;
      driver.fault = 'none';
      await settled(clock);
      if (typeof answer === 'number') expect(answer).toBe(1);
      else expect(answer).toMatchObject({ code: expect.stringMatching(/UNAVAILABLE|TIMEOUT/) });
      const other = createQueue<number>(process(), 'q', TERMS);
      await clock.advance(5_000);
      if (typeof answer !== 'number') await other.dead.redrive();
      const jobs = await other.reserveMany(5);
      expect(jobs.map(({ payload, attempt }) => [payload, attempt])).toEqual([[7, 1]]);
      expect(await other.dead.list()).toEqual([]);
      await jobs[0]?.ack();
      expect(await other.stats()).toMatchObject({ waiting: 0, active: 0, delayed: 0, dead: 0 });
    },
  );

  it('a redrive whose move was refused once does not count it', async () => {
    const { clock, driver, process } = createWorld({ timeoutMs: 2_000 });
    const queue = createQueue<number>(process(), 'q', TERMS);
    await die(queue, 7, 8);
    const { write } = driver;
    driver.write = async (writes, call) => {
      if (!writes.some(({ key }) => key.includes(':r0:'))) return write.call(driver, writes, call);
      driver.write = write;
      throw new KvError('UNAVAILABLE', 'no', { outcome: 'none' });
    };
    await expect(queue.dead.redrive()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    const ready = async (): Promise<number> => (await queue.stats()).waiting;
    expect([await ready(), (await queue.dead.list()).length]).toEqual([1, 1]);
    await clock.advance(4_000);
    expect(await queue.dead.redrive()).toBe(1);
    expect([await ready(), (await queue.dead.list()).length]).toEqual([2, 0]);
  });

  it('say why the last attempt failed, not an earlier one', async () => {
    const { clock, process } = createWorld();
    const queue = createQueue<number>(process(), 'q', { ...TERMS, maxAttempts: 2 });
    await queue.enqueue(1);
    await (await queue.reserve())?.nack({ reason: 'the first' });
    expect((await queue.reserve())?.attempt).toBe(2);
    await clock.advance(11_000);
    expect(await queue.reserve()).toBeUndefined();
    expect(await queue.dead.list()).toMatchObject([{ payload: 1, reason: 'the lease ran out' }]);
  });

  it('two that purge at once do not count a job twice', async () => {
    const { process } = createWorld({ timeoutMs: 2_000 });
    const queues = [0, 1].map(() => createQueue<number>(process(), 'q', TERMS));
    await die(queues[0]!, ...Array.from({ length: 40 }, (_, n) => n));
    const counts = await Promise.all(queues.map((queue) => queue.dead.purge()));
    expect(counts[0]! + counts[1]!).toBe(40);
  });

  it('ids are given as a list', async () => {
    const { process, driver } = createWorld({ timeoutMs: 2_000 });
    const { dead } = createQueue<number>(process(), 'q', TERMS);
    for (const ids of ['abc', null, [7], {}] as unknown as string[][]) {
      await expect(dead.purge(ids)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      await expect(dead.redrive(ids)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    expect(driver.calls).toBe(0);
  });
});
