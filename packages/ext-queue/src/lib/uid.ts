/** Names one job, delivery or write. Two 32-bit numbers: one random for the process, one counted. */
export interface Uid {
  readonly process: number;
  readonly serial: number;
}

/** Nothing has this. */
export const NO_UID: Uid = { process: 0, serial: 0 };

const random = crypto.getRandomValues(new Uint32Array(2));
const process = random[0]! || 1;
let serial = random[1]!;

/** Two of one queue are the same with a chance of 2^-64: the counter starts at random too. */
export function newUid(): Uid {
  serial = (serial + 1) >>> 0;
  return { process, serial };
}

export function sameUid(one: Uid, other: Uid): boolean {
  return one.serial === other.serial && one.process === other.process;
}

/** As text of 16 hexadecimal digits: the id of a job that was given none. */
export function uidText(uid: Uid): string {
  return (uid.process === process ? ownText : hex(uid.process)) + hex(uid.serial);
}

const ownText = hex(process);

function hex(word: number): string {
  return (word + 0x1_0000_0000).toString(16).slice(1);
}
