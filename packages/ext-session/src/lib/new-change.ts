const [one = 0, two = 0] = crypto.getRandomValues(new Uint32Array(2));
const process = one.toString(36) + two.toString(36).padStart(7, '0');
let count = 0;

/** Names a change: 64 random bits for the process, and a number. */
export function newChange(): string {
  count += 1;
  return `${process}.${count.toString(36)}`;
}
