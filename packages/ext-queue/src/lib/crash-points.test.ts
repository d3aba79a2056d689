import { describe, expect, it } from 'vitest';
import { createWorld, settled, type World } from '../../../../tests/support/world.js';
import { createQueue, type Queue, type QueueOptions } from '../index.js';

const TERMS: QueueOptions<number> = {
  visibilityMs: 10_000,
  maxAttempts: 3,
  backoff: { type: 'fixed', delayMs: 0 },
};

/** After so many writes the process dies: before the next one, or with its reply. */
const deaths = (most: number): { after: number; fault: 'down' | 'cut' }[] =>
  Array.from({ length: most }, (_, after) => after).flatMap((after) =>
    (['down', 'cut'] as const).map((fault) => ({ after, fault })),
  );

/** What another process gets and acknowledges within so long. */
async function drain({ clock }: World, queue: Queue<number>, ms: number): Promise<number[]> {
  const seen: number[] = [];
  for (let passed = 0; passed < ms; passed += 1_500) {
    for (const job of await queue.reserveMany(100)) {
      seen.push(job.payload);
      await job.ack();
    }
    await settled(clock);
    await clock.advance(1_500);
  }
  return seen.sort();
}

/** Runs what dies on the way; `undefined` if it was not acknowledged. */
async function dying<R>(
  { driver, clock }: World,
  { after, fault }: { after: number; fault: 'down' | 'cut' },
  work: () => Promise<R>,
): Promise<R | undefined> {
  driver.after = after;
  driver.fault = fault;
  const answer = await work().catch(() => undefined);
  await settled(clock);
  driver.get = () => Promise.reject(new Error('dead'));
  driver.write = () => Promise.reject(new Error('dead'));
  return answer;
}

describe('whenever a process dies', () => {
  it.each(deaths(7))(
    '($fault after $after) a delayed job that was acknowledged comes once',
    async (death) => {
      const world = createWorld();
      const queue = createQueue<number>(world.process(), 'q', TERMS);
      const sent = await dying(world, death, () => queue.enqueue(1, { delayMs: 3_000 }));
      const other = createQueue<number>(world.again(), 'q', TERMS);
      await other.enqueue(2, { delayMs: 3_000 });
      const seen = await drain(world, other, 9_000);
      expect(seen.filter((payload) => payload === 2)).toEqual([2]);
      expect(seen.filter((payload) => payload === 1).length).toBeLessThanOrEqual(1);
      if (sent) expect(seen).toEqual([1, 2]);
    },
  );

  it.each(deaths(9))(
    '($fault after $after) a job that goes far to rest comes back once',
    async (death) => {
      const world = createWorld();
      const queue = createQueue<number>(world.process(), 'q', TERMS);
      await queue.enqueue(1, { dedupe: 'one' });
      const job = await queue.reserve();
      await dying(world, death, () => job!.nack({ delayMs: 20_000 }));
      const other = createQueue<number>(world.again(), 'q', TERMS);
      expect((await other.enqueue(3, { dedupe: 'one' })).duplicate).toBe(true);
      expect(await drain(world, other, 45_000)).toEqual([1]);
      expect(await other.stats()).toMatchObject({ waiting: 0, active: 0, delayed: 0, dead: 0 });
      expect((await other.enqueue(4, { dedupe: 'one' })).duplicate).toBe(false);
    },
  );

  it.each(deaths(9))(
    '($fault after $after) a second that is being closed loses nothing',
    async (death) => {
      const world = createWorld();
      const { clock } = world;
      const queue = createQueue<number>(world.process(), 'q', TERMS);
      const start = clock.now();
      await queue.enqueue(1, { runAt: start + 1_000 });
      await clock.advance(1_500);
      await (await queue.reserve())?.ack();
      await clock.advance(4_000);
      await dying(world, death, async () => {
        for (let look = 0; look < 3; look += 1) {
          await queue.reserve();
          await settled(clock);
          await clock.advance(2_100);
        }
      });
      // One whose clock is behind puts jobs into the same second, and one comes into the same page.
      const slow = { ...clock, now: () => clock.now() - 60_000 };
      const behind = createQueue<number>(world.again(), 'q', { ...TERMS, clock: slow });
      await behind.enqueue(2, { runAt: start + 1_000 });
      const other = createQueue<number>(world.again(), 'q', TERMS);
      await other.enqueue(3, { delayMs: 2_000 });
      expect(await drain(world, other, 12_000)).toEqual([2, 3]);
      await clock.advance(130_000);
      await behind.enqueue(4, { runAt: clock.now() - 30_000 });
      await other.enqueue(5, { delayMs: 2_000 });
      expect(await drain(world, other, 12_000)).toEqual([4, 5]);
    },
  );
});
