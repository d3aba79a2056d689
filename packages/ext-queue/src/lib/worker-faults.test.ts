import { KvError } from '@grovekv/kv-core';
import { describe, expect, it } from 'vitest';
import { createWorld, settled } from '../../../../tests/support/world.js';
import { createQueue, type QueueOptions, type WorkerEvent } from '../index.js';

const TERMS: QueueOptions<number> = {
  visibilityMs: 6_000,
  maxAttempts: 3,
  backoff: { type: 'fixed', delayMs: 0 },
};

function open() {
  const world = createWorld({ timeoutMs: 2_000 });
  const queue = createQueue<number>(world.process(), 'q', TERMS);
  const told: string[] = [];
  const onEvent = (event: WorkerEvent<number>): void => {
    told.push('job' in event ? `${event.type} ${event.job.payload}` : event.type);
  };
  return { ...world, queue, told, onEvent };
}

describe('a worker whose store fails', () => {
  it('acknowledges what is done as soon as the store is back, if the lease still holds', async () => {
    const { clock, driver, queue, told, onEvent, process } = open();
    await queue.enqueue(1);
    let end!: () => void;
    let runs = 0;
    const worker = queue.worker(
      () => {
        runs += 1;
        return new Promise<void>((resolve) => {
          end = resolve;
        });
      },
      { onEvent, pollMs: { min: 100, max: 250 } },
    );
    await clock.advance(10);
    driver.fault = 'down';
    end();
    await clock.advance(2_000);
    driver.fault = 'none';
    await clock.advance(1_500);
    expect(told.filter((what) => what !== 'error')).toEqual(['completed 1']);
    const other = createQueue<number>(process(), 'q', TERMS);
    await clock.advance(10_000);
    expect(await other.reserve()).toBeUndefined();
    expect(runs).toBe(1);
    await worker.stop();
  });

  it('gives back what failed, too, and tells of a loss if the store stays away', async () => {
    const { clock, driver, queue, told, onEvent } = open();
    await queue.enqueueMany([{ payload: 1 }, { payload: 2 }]);
    const worker = queue.worker(
      ({ payload, attempt }) => {
        if (attempt > 1) return;
        driver.fault = 'down';
        if (payload === 1) throw new Error('no');
      },
      { concurrency: 2, onEvent, pollMs: { min: 100, max: 250 } },
    );
    await clock.advance(7_000);
    expect(told.filter((what) => what !== 'error').sort()).toEqual(['lost 1', 'lost 2']);
    driver.fault = 'none';
    await clock.advance(2_000);
    expect(told.filter((what) => what.startsWith('completed')).sort()).toEqual([
      'completed 1',
      'completed 2',
    ]);
    await worker.stop();
  });

  it('asks a store that is away at its polls only', async () => {
    const { clock, driver, queue } = open();
    await queue.enqueueMany([{ payload: 1 }, { payload: 2 }]);
    let errors = 0;
    driver.fault = 'down';
    const worker = queue.worker(() => undefined, {
      pollMs: { min: 100, max: 250 },
      onEvent: () => {
        errors += 1;
      },
    });
    await clock.advance(10_000);
    expect(errors).toBeGreaterThan(10);
    expect(errors).toBeLessThan(110);
    driver.fault = 'none';
    await worker.stop();
  });

  it('does not run a job whose lease was over when it came', async () => {
    const { clock, driver, queue, told, onEvent } = open();
    await queue.enqueue(1);
    const { write } = driver;
    let late = true;
    driver.write = async (writes, call) => {
      const results = await write.call(driver, writes, call);
      if (late) {
        late = false;
        const { monotonic, now } = clock;
        clock.monotonic = () => monotonic() + 7_000;
        clock.now = () => now() + 7_000;
      }
      return results;
    };
    const attempts: number[] = [];
    const worker = queue.worker(({ attempt }) => void attempts.push(attempt), { onEvent });
    await clock.advance(1_000);
    expect(attempts).toEqual([2]);
    expect(told).toEqual(['lost 1', 'completed 1']);
    await worker.stop();
  });

  it('gives back what comes after it has given up on stopping', async () => {
    const { clock, driver, queue, told, onEvent, process } = open();
    await queue.enqueue(1);
    let answer!: () => void;
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    driver.before = () => held;
    let runs = 0;
    const worker = queue.worker(
      () => {
        runs += 1;
      },
      { graceMs: 10, abortMs: 10, onEvent },
    );
    await clock.advance(5);
    const stopping = worker.stop();
    await clock.advance(100);
    expect(await stopping).toEqual({ abandoned: 0 });
    answer();
    await settled(clock);
    await settled(clock);
    expect(runs).toBe(0);
    expect(told).toEqual([]);
    const other = createQueue<number>(process(), 'q', TERMS);
    expect((await other.reserve())?.payload).toBe(1);
  });

  it('bears listeners that reject', async () => {
    const { clock, queue } = open();
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', note);
    await queue.enqueue(1);
    const onEvent = async (): Promise<void> => {
      throw new KvError('UNAVAILABLE', 'the log');
    };
    const worker = queue.worker(() => undefined, { onEvent });
    await clock.advance(100);
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
    await worker.stop();
  });
});
