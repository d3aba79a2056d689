import { KvError } from '../errors/kv-error.js';

/** Bounds of a {@link GenerationMap}. */
export interface GenerationMapOptions {
  /** So many entries may be added before a generation is full. */
  readonly mostEntries: number;
  /** So much weight may be added before a generation is full, the last entry on top. Default: any. */
  readonly mostWeight?: number | undefined;
}

/**
 * A bounded map of what was set last. It has two generations: when the young one is full, the old one is
 * dropped as a whole and the young one takes its place, so that nothing has to be taken out one by one. What
 * was set is there until that many others were set; reading does not keep it. At most twice the bounds are
 * held at a time.
 *
 * @throws KvError `INVALID_ARGUMENT` for bounds that are not above 0.
 */
export class GenerationMap<T> {
  readonly #mostEntries: number;
  readonly #mostWeight: number;
  #young = new Map<string, T>();
  #old = new Map<string, T>();
  #weight = 0;

  constructor({ mostEntries, mostWeight = Number.POSITIVE_INFINITY }: GenerationMapOptions) {
    if (!Number.isSafeInteger(mostEntries) || mostEntries < 1 || !(mostWeight > 0)) {
      throw new KvError('INVALID_ARGUMENT', 'a GenerationMap takes bounds above 0');
    }
    this.#mostEntries = mostEntries;
    this.#mostWeight = mostWeight;
  }

  get(key: string): T | undefined {
    return this.#young.get(key) ?? this.#old.get(key);
  }

  /** Sets it; `weight` counts against the bound, also of an entry that is set again. */
  set(key: string, value: T, weight = 0): void {
    if (this.#young.size >= this.#mostEntries || this.#weight > this.#mostWeight) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#weight = 0;
    }
    this.#weight += weight;
    this.#young.set(key, value);
  }

  delete(key: string): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }
}
