/**
 * `endOfTick.then(work)` runs `work` when the calls of this tick have been made. Cheaper on Node than
 * `queueMicrotask`, which makes an async resource each time.
 */
export const endOfTick: Promise<void> = Promise.resolve();
