import type { Entry } from '../driver/driver.js';

const MOST_HINTS = 1_024;
const LARGEST_HINT_BYTES = 4_096;

/**
 * What this process last saw under keys that it mutates, so that the next mutation can try its
 * compare-and-swap without reading first. A hint may be stale: nothing is decided by it without a
 * condition on its version.
 */
export class Hints {
  readonly #entries = new Map<string, { readonly entry: Entry | undefined; readonly at: number }>();

  /** What is believed to be stored, its time left reduced by the time passed; `undefined` if unknown. */
  take(key: string): { readonly entry: Entry | undefined } | undefined {
    const hint = this.#entries.get(key);
    if (!hint) return undefined;
    this.#entries.delete(key);
    const { entry } = hint;
    if (entry?.ttlMs === undefined) return hint;
    const ttlMs = entry.ttlMs - (performance.now() - hint.at);
    if (ttlMs <= 0) return undefined;
    return { entry: { value: entry.value, version: entry.version, ttlMs } };
  }

  keep(key: string, entry: Entry | undefined): void {
    if (entry && entry.value.byteLength > LARGEST_HINT_BYTES) return;
    if (this.#entries.size >= MOST_HINTS) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    this.#entries.set(key, { entry, at: performance.now() });
  }
}
