import { createStore } from '@grovekv/kv-core';
import { memoryDriver } from '@grovekv/kv-core/memory';
import { createManualClock } from '@grovekv/kv-core/testing';
import { describe, expect, it } from 'vitest';
import { createQueue, type Job, type WorkerEvent } from '../index.js';

function open(maxAttempts = 3) {
  const clock = createManualClock();
  const store = createStore({ driver: memoryDriver({ clock }) });
  const terms = {
    visibilityMs: 3_000,
    maxAttempts,
    backoff: { type: 'fixed', delayMs: 0 },
  } as const;
  const queue = createQueue<number>(store, 'q', terms);
  const events: WorkerEvent<number>[] = [];
  const told = (): string[] =>
    events.map((event) => ('job' in event ? `${event.type} ${event.job.payload}` : event.type));
  const onEvent = (event: WorkerEvent<number>): void => {
    events.push(event);
  };
  return { clock, store, queue, events, told, onEvent, terms };
}

describe('a worker', () => {
  it('never runs more handlers than it may, and takes up new jobs as they end', async () => {
    const { clock, queue, told, onEvent } = open();
    const ends: (() => void)[] = [];
    let most = 0;
    const worker = queue.worker(() => new Promise<void>((resolve) => ends.push(resolve)), {
      concurrency: 3,
      onEvent,
    });
    await queue.enqueueMany(Array.from({ length: 10 }, (_, payload) => ({ payload })));
    for (let turn = 0; turn < 30; turn += 1) {
      await clock.advance(300);
      most = Math.max(most, worker.active);
      ends.shift()?.();
    }
    await clock.advance(300);
    expect(most).toBe(3);
    expect(told()).toEqual(Array.from({ length: 10 }, (_, n) => `completed ${n}`));
    expect(await worker.stop()).toEqual({ abandoned: 0 });
  });

  it('keeps the lease of a long job, and tells of failures and deaths', async () => {
    const { clock, queue, told, onEvent } = open(2);
    let end!: () => void;
    const handler = ({ payload }: Job<number>): Promise<void> => {
      if (payload === 2) throw new Error('no two');
      return new Promise((resolve) => {
        end = resolve;
      });
    };
    await queue.enqueueMany([{ payload: 1 }, { payload: 2 }]);
    const worker = queue.worker(handler, { concurrency: 2, onEvent });
    await clock.advance(20_000);
    expect(told()).toEqual(['failed 2', 'failed 2']);
    expect(await queue.dead.list()).toMatchObject([{ payload: 2, reason: 'Error: no two' }]);
    expect(await queue.stats()).toMatchObject({ active: 1 });
    end();
    await clock.advance(10);
    expect(told()).toEqual(['failed 2', 'failed 2', 'completed 1']);
    await worker.stop();
  });

  it('a handler whose event loop was blocked past its lease sees so at once, and is not done', async () => {
    const { clock, store, queue, told, onEvent, terms } = open();
    const other = createQueue<number>(store, 'q', { ...terms });
    await queue.enqueue(1);
    let job!: Job<number>;
    let end!: () => void;
    const worker = queue.worker(
      (got) =>
        new Promise<void>((resolve) => {
          job = got;
          end = resolve;
        }),
      { onEvent },
    );
    await clock.advance(10);
    const { signal } = job;
    expect(signal.aborted).toBe(false);
    // Time passes, and no timer of the worker runs: it is stopped, the clock is not.
    const real = clock.monotonic;
    const wall = clock.now;
    clock.monotonic = () => real() + 4_000;
    clock.now = () => wall() + 4_000;
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toMatchObject({ code: 'LEASE_LOST' });
    const second = await other.reserve();
    expect(second).toMatchObject({ payload: 1, attempt: 2 });
    end();
    await clock.advance(0);
    expect(told()).toEqual(['lost 1']);
    await second?.ack();
    expect(await queue.stats()).toMatchObject({ waiting: 0, active: 0, dead: 0 });
    await worker.stop();
  });

  it('stops in two stages: lets handlers end, then fires their signals, and gives back what failed', async () => {
    const { clock, queue, told, onEvent } = open();
    await queue.enqueueMany([{ payload: 1 }, { payload: 2 }, { payload: 3 }, { payload: 4 }]);
    const ends = new Map<number, () => void>();
    const worker = queue.worker(
      ({ payload, signal }) =>
        new Promise<void>((resolve, reject) => {
          ends.set(payload, resolve);
          if (payload === 2) signal.addEventListener('abort', () => reject(signal.reason));
        }),
      { concurrency: 3, graceMs: 5_000, abortMs: 1_000, onEvent },
    );
    await clock.advance(10);
    expect(worker.active).toBe(3);
    let stopped: unknown;
    const stopping = worker.stop().then((result) => {
      stopped = result;
    });
    await clock.advance(1_000);
    ends.get(1)?.();
    await clock.advance(3_900);
    expect(told()).toEqual(['completed 1']);
    expect(stopped).toBeUndefined();
    await clock.advance(200);
    expect(told()).toEqual(['completed 1', 'failed 2']);
    await clock.advance(1_000);
    await stopping;
    // The third ignores its signal: its lease runs out, and it is delivered again, as is the second.
    expect(stopped).toEqual({ abandoned: 1 });
    const next = await queue.reserveMany(9);
    expect(next.map(({ payload, attempt }) => [payload, attempt])).toEqual([
      [2, 2],
      [4, 1],
    ]);
    await clock.advance(3_100);
    expect(await queue.reserveMany(1)).toMatchObject([{ payload: 2 }]);
    expect(await queue.reserveMany(1)).toMatchObject([{ payload: 3, attempt: 2 }]);
  });

  it('lets a handler settle its job itself', async () => {
    const { clock, queue, told, onEvent } = open();
    await queue.enqueueMany([{ payload: 1 }, { payload: 2 }]);
    const worker = queue.worker(
      async (job) => {
        if (job.attempt > 1) return;
        if (job.payload === 1) await job.ack();
        else await job.nack({ delayMs: 500 });
      },
      { onEvent },
    );
    await clock.advance(1_000);
    expect(told()).toEqual(['completed 1', 'completed 2', 'completed 2']);
    expect(await queue.stats()).toMatchObject({ waiting: 0, active: 0, delayed: 0, dead: 0 });
    await worker.stop();
  });

  it('ends by itself when the store is closed', async () => {
    const { clock, store, queue, told, onEvent } = open();
    const worker = queue.worker(() => undefined, { onEvent });
    await clock.advance(100);
    await store.close();
    await clock.advance(1_000);
    expect(told()).toEqual(['error']);
    expect(await worker.stop()).toEqual({ abandoned: 0 });
  });
});
