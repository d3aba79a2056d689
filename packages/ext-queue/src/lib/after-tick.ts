const tick: Promise<void> = Promise.resolve();

/**
 * Runs `work` when those who were woken together have made their calls, and those whom these calls have
 * woken, too: what is asked for one segment then goes there in one write.
 */
export function afterTick(work: () => void, hops = 2): void {
  let left = hops;
  const hop = (): void => {
    left -= 1;
    if (left > 0) tick.then(hop);
    else work();
  };
  tick.then(hop);
}

/** Hops after which what ends, what is taken in its place and what is added have met. */
export const MEETING_HOPS = 8;
