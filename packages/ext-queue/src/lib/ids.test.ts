import { describe, expect, it } from 'vitest';
import { createWorld, settled, type World } from '../../../../tests/support/world.js';
import { createQueue, type Queue, type QueueOptions } from '../index.js';

const TERMS: QueueOptions<number> = { maxAttempts: 3, tombstoneMs: 4_000 };

/** Delivers all there is, and lets so many others pass that the segments of all this are forgotten. */
async function passOn({ clock, process }: World, queue: Queue<number>): Promise<number[]> {
  const seen: number[] = [];
  for (let round = 0; round < 12; round += 1) {
    await queue.enqueueMany(Array.from({ length: 64 }, () => ({ payload: -1 })));
    for (const job of await queue.reserveMany(1_000)) {
      if (job.payload >= 0) seen.push(job.payload);
      await job.ack();
    }
  }
  await queue.reserve();
  await settled(clock);
  await clock.advance(10_000);
  expect(await process().raw.has('queue:q:r0:0')).toBe(false);
  return seen;
}

describe('an id', () => {
  it.each(
    Array.from({ length: 6 }, (_, after) => after).flatMap((after) =>
      (['down', 'cut'] as const).map((fault) => ({ after, fault })),
    ),
  )(
    'is remembered longer than the job, whenever the producer died ($fault after $after writes)',
    async ({ after, fault }) => {
      const world = createWorld();
      const { clock, driver, process } = world;
      const dying = createQueue<number>(process(), 'q', TERMS);
      driver.after = after;
      driver.fault = fault;
      const sent = dying.enqueue(7, { id: 'seven' }).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 5));
      // It is dead: what it still tries comes to nothing.
      driver.get = async () => Promise.reject(new Error('dead'));
      driver.write = async () => Promise.reject(new Error('dead'));
      await sent;
      await clock.advance(5_000);
      const acknowledged = (await sent) !== undefined;
      const others = createQueue<number>(world.again(), 'q', TERMS);
      if (!acknowledged) await others.enqueue(7, { id: 'seven' });
      const seen = await passOn({ ...world, process: world.again }, others);
      expect((await others.enqueue(7, { id: 'seven' })).duplicate).toBe(true);
      expect(seen).toEqual([7]);
      expect(await others.reserve()).toBeUndefined();
    },
  );

  it('is forgotten `idTtlMs` after its job was due, not before', async () => {
    const { clock, process } = createWorld();
    const queue = createQueue<number>(process(), 'q', { ...TERMS, idTtlMs: 60_000 });
    const now = async (delayMs: number): Promise<boolean> =>
      (await queue.enqueue(1, { id: 'one', delayMs })).duplicate;
    expect(await now(100_000)).toBe(false);
    await clock.advance(99_000);
    expect(await now(0)).toBe(true);
    await clock.advance(2_000);
    await (await queue.reserve())?.ack();
    await clock.advance(58_000);
    expect(await now(0)).toBe(true);
    await clock.advance(2_000);
    expect(await now(0)).toBe(false);
    expect((await queue.reserve())?.payload).toBe(1);
  });
});
