/** Time, as a thing that tests can hold still. */
export interface Clock {
  /** Wall clock: milliseconds since 1970. For what other processes read. */
  now(): number;
  /** Milliseconds that never jump, from an arbitrary start. For deadlines inside this process. */
  monotonic(): number;
  /** Calls back once after at least `ms` milliseconds (any size); returns a function that cancels. */
  setTimer(callback: () => void, ms: number): () => void;
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

function setTimer(callback: () => void, ms: number): () => void {
  let rest = ms;
  let handle: ReturnType<typeof setTimeout>;
  const arm = (): void => {
    const step = Math.min(rest, LONGEST_TIMER_MS);
    rest -= step;
    handle = setTimeout(rest > 0 ? arm : callback, step);
  };
  arm();
  return () => clearTimeout(handle);
}

/** The clocks of the machine: `Date.now`, `performance.now`, `setTimeout`. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer,
};
