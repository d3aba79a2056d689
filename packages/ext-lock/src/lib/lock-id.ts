/** Names one grant or one waiter, unique among all processes. Two integers below 2^53. */
export interface LockId {
  readonly process: number;
  readonly serial: number;
}

/** No grant has this. */
export const NOBODY: LockId = { process: 0, serial: 0 };

const random = crypto.getRandomValues(new Uint32Array(3));
const process = (random[0]! % 2 ** 20) * 2 ** 32 + random[1]! + 1;
let serial = random[2]!;

/** Never repeats: a random part for the process, and a counter. */
export function newLockId(): LockId {
  serial += 1;
  return { process, serial };
}

export function sameId(one: LockId, other: LockId): boolean {
  return one.serial === other.serial && one.process === other.process;
}
