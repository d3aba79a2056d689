const tick: Promise<void> = Promise.resolve();

/** Runs `work` when those who were woken together have made their calls. */
export function afterTick(work: () => void): void {
  tick.then(() => tick.then(work));
}
