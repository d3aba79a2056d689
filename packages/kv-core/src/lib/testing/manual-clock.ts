import type { Clock } from '../clock/clock.js';

/** A clock that stands still until it is told. */
export interface ManualClock extends Clock {
  /** Lets time pass: both clocks go on, and timers that fall due run in order. */
  advance(ms: number): Promise<void>;
  /** Sets the wall clock forward or back, as an administrator would; timers and deadlines stay. */
  jump(ms: number): void;
}

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

/** Makes a {@link ManualClock}. `now` is where its wall clock starts. */
export function createManualClock(now = Date.UTC(2026, 0, 1)): ManualClock {
  const timers = new Set<Timer>();
  let monotonic = 0;
  let offset = now;

  const settle = async (): Promise<void> => {
    // Promise chains of several steps follow a timer; a macrotask lets all of them end.
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
  };

  return {
    now: () => offset + monotonic,
    monotonic: () => monotonic,
    setTimer(callback, ms) {
      const timer = { at: monotonic + ms, callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    async advance(ms) {
      const end = monotonic + ms;
      await settle();
      for (;;) {
        let next: Timer | undefined;
        for (const timer of timers) {
          if (timer.at <= end && (!next || timer.at < next.at)) next = timer;
        }
        if (!next) break;
        timers.delete(next);
        monotonic = Math.max(monotonic, next.at);
        next.callback();
        await settle();
      }
      monotonic = end;
      await settle();
    },
    jump(ms) {
      offset += ms;
    },
  };
}
