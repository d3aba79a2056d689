import type { Entry, Version } from '../driver/driver.js';
import { endOfTick } from './end-of-tick.js';

/** Of each generation. */
const MOST_HINTS = 4_096;
const MOST_BYTES = 4 * 1024 * 1024;
const LARGEST_HINT_BYTES = 4_096;

/** What was last seen under a key. */
interface Hint {
  entry: Entry | undefined;
  /** Whether its time left is known. */
  ttl: boolean;
  at: number;
  bytes: number;
  /** In which generation it is; −1 if it is forgotten. */
  generation: number;
}

/** What is believed to be stored under a key. */
export class Believed {
  readonly entry: Entry | undefined;
  /** Where it is kept; `undefined` if the caller said it. */
  readonly hint: Hint | undefined;

  constructor(entry: Entry | undefined, hint: Hint | undefined) {
    this.entry = entry;
    this.hint = hint;
  }
}

/** An entry as it was seen. */
export class Seen implements Entry {
  readonly value: Uint8Array;
  readonly version: Version;
  readonly ttlMs: number | undefined;

  constructor(value: Uint8Array, version: Version, ttlMs: number | undefined) {
    this.value = value;
    this.version = version;
    this.ttlMs = ttlMs;
  }
}

/**
 * What this process last saw under keys that it mutates, so that the next mutation can try its
 * compare-and-swap without reading first. A hint may be stale: nothing is decided by it without a
 * condition on its version.
 */
export class Hints {
  /** Two generations, so that nothing has to be taken out one by one. */
  #young = new Map<string, Hint>();
  #old = new Map<string, Hint>();
  #generation = 0;
  /** One look at the clock serves all keys of a batch; 0: none has been taken. */
  #now = 0;
  #bytes = 0;

  /** What is believed to be stored, its time left reduced by the time passed; `undefined` if unknown. */
  take(key: string, ttl: boolean): Believed | undefined {
    const hint = this.#young.get(key) ?? this.#old.get(key);
    if (!hint || (ttl && !hint.ttl)) return undefined;
    const { entry } = hint;
    if (entry?.ttlMs === undefined) return new Believed(entry, hint);
    const ttlMs = entry.ttlMs - (this.#time() - hint.at);
    if (ttlMs <= 0) return undefined;
    return new Believed(new Seen(entry.value, entry.version, ttlMs), hint);
  }

  /** What was seen may not be there any more. */
  forget(key: string): void {
    const hint = this.#young.get(key) ?? this.#old.get(key);
    if (!hint) return;
    hint.generation = -1;
    this.#young.delete(key);
    this.#old.delete(key);
  }

  /** `before`: what was believed of this key, which is then changed where it is. */
  keep(key: string, entry: Entry | undefined, ttl: boolean, before?: Believed): void {
    const bytes = entry ? entry.value.byteLength : 0;
    if (bytes > LARGEST_HINT_BYTES) return;
    const at = this.#time();
    const hint = before?.hint;
    if (hint && hint.generation === this.#generation) {
      this.#bytes += bytes - hint.bytes;
      hint.entry = entry;
      hint.ttl = ttl;
      hint.at = at;
      hint.bytes = bytes;
      return;
    }
    if (this.#young.size >= MOST_HINTS || this.#bytes > MOST_BYTES) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#generation += 1;
      this.#bytes = 0;
    }
    this.#bytes += bytes;
    this.#young.set(key, { entry, ttl, at, bytes, generation: this.#generation });
  }

  #time(): number {
    if (this.#now === 0) {
      this.#now = performance.now();
      endOfTick.then(this.#lookAgain);
    }
    return this.#now;
  }

  #lookAgain = (): void => {
    this.#now = 0;
  };
}
