/**
 * A list of these. On paths that many calls take it stands for `[…]`, and classes for `{…}`: V8 notes for
 * each literal how many of its objects outlive a collection. If once, in a burst of calls, most do, it makes
 * all later ones in the old generation, where each keeps what it points at alive until the next full
 * collection: every call then costs up to twice as much.
 */
export function listOf<T>(...items: T[]): T[] {
  return items;
}
