import { afterEach, describe, expect, it, vi } from 'vitest';
import { createManualClock } from '../testing/manual-clock.js';
import { Sweeper } from './sweeper.js';

afterEach(() => {
  vi.useRealTimers();
});

/** A sweep that answers as told, and the times at which it began. */
function sweeps(clock: { now(): number }, answers: (boolean | Error)[] = []) {
  const began: number[] = [];
  const sweep = async (): Promise<boolean> => {
    began.push(clock.now());
    const answer = answers.shift() ?? false;
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { began, sweep };
}

describe('Sweeper', () => {
  it('sweeps every interval, sooner while there is a backlog, and goes on after a failure', async () => {
    const clock = createManualClock();
    const begin = clock.now();
    const { began, sweep } = sweeps(clock, [true, true, false, new Error('a bad day')]);
    new Sweeper(sweep, 1_000, clock).start();
    for (let step = 0; step < 42; step += 1) await clock.advance(100);
    expect(began.map((at) => at - begin)).toEqual([1_000, 1_100, 1_200, 2_200, 3_200, 4_200]);
  });

  it('does not wait longer for a backlog than for the interval', async () => {
    const clock = createManualClock();
    const begin = clock.now();
    const { began, sweep } = sweeps(clock, [true, true, true]);
    new Sweeper(sweep, 10, clock).start();
    for (let step = 0; step < 35; step += 1) await clock.advance(1);
    expect(began.map((at) => at - begin)).toEqual([10, 20, 30]);
  });

  it('never runs two sweeps at once, and none once it is stopped, one under way included', async () => {
    const clock = createManualClock();
    let end: (more: boolean) => void = () => {};
    let running = 0;
    const sweeper = new Sweeper(
      () => {
        running += 1;
        return new Promise((resolve) => {
          end = resolve;
        });
      },
      1_000,
      clock,
    );
    sweeper.start();
    await clock.advance(10_000);
    expect(running).toBe(1);
    sweeper.stop();
    end(true);
    await clock.advance(10_000);
    expect(running).toBe(1);
  });

  it('without a clock waits by a timer, which no interval makes overflow', async () => {
    vi.useFakeTimers();
    const { began, sweep } = sweeps({ now: () => Date.now() });
    const sweeper = new Sweeper(sweep, 2 ** 40, undefined);
    sweeper.start();
    await vi.advanceTimersByTimeAsync(2 ** 31 - 2);
    expect(began).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(began).toHaveLength(1);
    sweeper.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});
