const [one = 0, two = 0] = crypto.getRandomValues(new Uint32Array(2));
const process = one.toString(36) + two.toString(36).padStart(7, '0');
let count = 0;

/**
 * Names a change: a number, and 64 random bits for the process. No name is found within another, or within
 * several written one after the other.
 */
export function newChange(): string {
  count += 1;
  return `.${count.toString(36)}.${process}`;
}
