/** Names one grant or one waiter. Two 32-bit numbers: one random for the process, one counted. */
export interface LockId {
  readonly process: number;
  readonly serial: number;
}

/** No grant has this. */
export const NOBODY: LockId = { process: 0, serial: 0 };

const random = crypto.getRandomValues(new Uint32Array(2));
const process = random[0]! || 1;
let serial = random[1]!;

/**
 * Two at the same lock are the same with a chance of 2^-64: the counter of each process starts at random
 * too.
 */
export function newLockId(): LockId {
  serial = (serial + 1) >>> 0;
  return { process, serial };
}

export function sameId(one: LockId, other: LockId): boolean {
  return one.serial === other.serial && one.process === other.process;
}
