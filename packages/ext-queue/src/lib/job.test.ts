import { describe, expect, it } from 'vitest';
import { createWorld } from '../../../../tests/support/world.js';
import { createQueue, type Job, type Queue } from '../index.js';

async function reserved(): Promise<{
  clock: ReturnType<typeof createWorld>['clock'];
  queue: Queue<number>;
  job: Job<number>;
  lost: unknown[];
}> {
  const { clock, process } = createWorld({ timeoutMs: 2_000 });
  const queue = createQueue<number>(process(), 'q', { visibilityMs: 3_000 });
  await queue.enqueue(1);
  const job = (await queue.reserve())!;
  const lost: unknown[] = [];
  const { signal } = job;
  signal.addEventListener('abort', () => lost.push(signal.reason));
  return { clock, queue, job, lost };
}

describe('the signal of a job that was reserved by hand', () => {
  it('fires when the lease is over, though nobody looks at it', async () => {
    const { clock, lost } = await reserved();
    await clock.advance(2_900);
    expect(lost).toEqual([]);
    await clock.advance(200);
    expect(lost).toMatchObject([{ code: 'LEASE_LOST' }]);
  });

  it('fires later if the lease was extended, and earlier if it was made shorter', async () => {
    const { clock, job, lost } = await reserved();
    await job.extend(10_000);
    await clock.advance(9_900);
    expect(lost).toEqual([]);
    await job.extend(1_000);
    await clock.advance(900);
    expect(lost).toEqual([]);
    await clock.advance(200);
    expect(lost).toMatchObject([{ code: 'LEASE_LOST' }]);
  });

  it.each(['ack', 'nack'] as const)('does not fire after %s', async (settle) => {
    const { clock, job, lost } = await reserved();
    await job[settle]();
    await clock.advance(10_000);
    expect(lost).toEqual([]);
  });
});
