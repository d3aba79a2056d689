import type { Clock, Store } from '@grovekv/kv-core';
import { isNumbers, recordCodec } from './record.js';

/** What all processes know of a queue. */
export interface Meta {
  readonly paused: boolean;
  /** Levels that have been used, besides 0. */
  readonly levels: readonly number[];
  /** Where in the calendar there are delayed jobs, as level and volume. */
  readonly volumes: readonly (readonly [level: number, volume: number])[];
}

const EMPTY: Meta = { paused: false, levels: [], volumes: [] };

const codec = recordCodec<Meta>(
  'm',
  ({ paused, levels, volumes }) =>
    typeof paused === 'boolean' &&
    isNumbers(levels) &&
    Array.isArray(volumes) &&
    volumes.every((pair) => isNumbers(pair) && pair.length === 2),
);

/** The one record of a queue that everybody reads, now and then. */
export class MetaRecord {
  readonly #store: Store<Meta>;
  readonly #key: string;
  readonly #clock: Clock;
  #meta: Meta = EMPTY;
  #at = Number.NEGATIVE_INFINITY;

  constructor(store: Pick<Store, 'with'>, prefix: string, clock: Clock) {
    this.#store = store.with({ codec });
    this.#key = `${prefix}meta`;
    this.#clock = clock;
  }

  /** The record, if it was read no longer than `maxAgeMs` ago. */
  known(maxAgeMs: number): Meta | undefined {
    return this.#clock.monotonic() - this.#at <= maxAgeMs ? this.#meta : undefined;
  }

  /** One read. */
  async read(): Promise<Meta> {
    const now = this.#clock.monotonic();
    const meta = (await this.#store.get(this.#key)) ?? EMPTY;
    this.#knows(meta, now);
    return meta;
  }

  setPaused(paused: boolean): Promise<Meta> {
    return this.#change((meta) => (meta.paused === paused ? meta : { ...meta, paused }));
  }

  /** Makes sure that a level is known to all. No I/O if this process knows that it is. */
  async addLevel(level: number): Promise<void> {
    if (level === 0 || this.#meta.levels.includes(level)) return;
    await this.#change((meta) => {
      if (meta.levels.includes(level)) return meta;
      return { ...meta, levels: [...meta.levels, level].sort((one, other) => other - one) };
    });
  }

  addVolume(level: number, volume: number): Promise<Meta> {
    return this.#change((meta) =>
      meta.volumes.some((pair) => pair[0] === level && pair[1] === volume)
        ? meta
        : { ...meta, volumes: [...meta.volumes, [level, volume]] },
    );
  }

  removeVolume(level: number, volume: number): Promise<Meta> {
    return this.#change((meta) => {
      const volumes = meta.volumes.filter((pair) => pair[0] !== level || pair[1] !== volume);
      return volumes.length === meta.volumes.length ? meta : { ...meta, volumes };
    });
  }

  #knows(meta: Meta, at: number): void {
    this.#meta = meta;
    this.#at = at;
  }

  async #change(change: (meta: Meta) => Meta): Promise<Meta> {
    const meta = await this.#store.update<Meta, Meta>(
      this.#key,
      (stored) => {
        const before = stored ?? EMPTY;
        const after = change(before);
        if (after === before) return { keep: true, result: before };
        return { put: after, ttlMs: 'none', result: after };
      },
      { idempotent: true },
    );
    this.#knows(meta, this.#clock.monotonic());
    return meta;
  }
}
