import type { Entry } from '../driver/driver.js';
import { GenerationMap } from '../generations/generation-map.js';

/** Of each generation. */
const MOST_HINTS = 4_096;
const MOST_BYTES = 4 * 1024 * 1024;
const LARGEST_HINT_BYTES = 4_096;

interface Hint {
  readonly entry: Entry | undefined;
  /** Whether its time left is known. */
  readonly ttl: boolean;
  readonly at: number;
}

/**
 * What this process last saw under keys that it mutates, so that the next mutation can try its
 * compare-and-swap without reading first. A hint may be stale: nothing is decided by it without a
 * condition on its version.
 */
export class Hints {
  readonly #known = new GenerationMap<Hint>({ mostEntries: MOST_HINTS, mostWeight: MOST_BYTES });

  /** What is believed to be stored, its time left reduced by the time passed; `undefined` if unknown. */
  take(key: string, ttl: boolean): { readonly entry: Entry | undefined } | undefined {
    const hint = this.#known.get(key);
    if (!hint || (ttl && !hint.ttl)) return undefined;
    const { entry } = hint;
    if (entry?.ttlMs === undefined) return hint;
    const ttlMs = entry.ttlMs - (performance.now() - hint.at);
    if (ttlMs <= 0) return undefined;
    return { entry: { value: entry.value, version: entry.version, ttlMs } };
  }

  /** What was seen may not be there any more. */
  forget(key: string): void {
    this.#known.delete(key);
  }

  keep(key: string, entry: Entry | undefined, ttl: boolean): void {
    const bytes = entry ? entry.value.byteLength : 0;
    if (bytes > LARGEST_HINT_BYTES) return;
    this.#known.set(key, { entry, ttl, at: performance.now() }, bytes);
  }
}
