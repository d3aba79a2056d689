/** Names a change. Two are the same with a chance of 2^-64. */
export function newChange(): string {
  const [one = 0, two = 0] = crypto.getRandomValues(new Uint32Array(2));
  return one.toString(36) + two.toString(36).padStart(7, '0');
}
