import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createManualClock } from '../testing/manual-clock.js';
import { systemClock } from './clock.js';

describe('systemClock', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('keeps timers longer than setTimeout can', () => {
    const fired = vi.fn();
    systemClock.setTimer(fired, 2 ** 31 + 1_000);
    vi.advanceTimersByTime(2 ** 31 + 999);
    expect(fired).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(fired).toHaveBeenCalledTimes(1);
  });

  it('cancels them at any stage', () => {
    const fired = vi.fn();
    const cancel = systemClock.setTimer(fired, 2 ** 33);
    vi.advanceTimersByTime(2 ** 32);
    cancel();
    vi.advanceTimersByTime(2 ** 34);
    expect(fired).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('createManualClock', () => {
  it('runs timers in the order in which they fall due, those set meanwhile included', async () => {
    const clock = createManualClock(1_000);
    const log: string[] = [];
    clock.setTimer(() => log.push(`b at ${clock.monotonic()}`), 20);
    clock.setTimer(() => {
      log.push(`a at ${clock.now()}`);
      clock.setTimer(() => log.push(`c at ${clock.monotonic()}`), 5);
    }, 10);
    const cancel = clock.setTimer(() => log.push('cancelled'), 15);
    cancel();
    await clock.advance(19);
    expect(log).toEqual(['a at 1010', 'c at 15']);
    await clock.advance(1);
    expect(log).toEqual(['a at 1010', 'c at 15', 'b at 20']);
  });

  it('a jump moves the wall clock only', async () => {
    const clock = createManualClock(1_000);
    let fired = false;
    clock.setTimer(() => {
      fired = true;
    }, 10);
    clock.jump(3_600_000);
    await clock.advance(0);
    expect([clock.now(), clock.monotonic(), fired]).toEqual([3_601_000, 0, false]);
    clock.jump(-3_600_000);
    expect(clock.now()).toBe(1_000);
  });
});
