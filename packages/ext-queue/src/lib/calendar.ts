import type { Clock, Store } from '@grovekv/kv-core';
import { BUCKET_MS } from './lane-names.js';
import type { MetaRecord } from './meta.js';
import { NumberSets } from './number-set.js';

/** Buckets of a page, and pages of a volume: 17 minutes, 12 days. */
const FANOUT = 1_024;
const MOST_MARKS = 4_096;

/** Buckets that are due, in order, and when the next one is, by the wall clock. */
export interface Due {
  readonly buckets: readonly number[];
  readonly nextAt: number;
}

/**
 * Where there are delayed jobs: the record of the queue names volumes, a volume names pages, a page names
 * buckets of a second. Who delays a job marks from the page upwards; who has emptied a bucket takes marks
 * away from the page upwards, closing each record for good before the one above forgets it. So a mark
 * either is found or is refused.
 */
export class Calendar {
  readonly #sets: NumberSets;
  readonly #prefix: string;
  readonly #meta: MetaRecord;
  readonly #clock: Clock;
  readonly #freshMs: number;
  readonly #marks = new Map<string, number>();

  constructor(
    store: Pick<Store, 'with'>,
    prefix: string,
    meta: MetaRecord,
    clock: Clock,
    tombstoneMs: number,
  ) {
    this.#sets = new NumberSets(store, tombstoneMs);
    this.#prefix = prefix;
    this.#meta = meta;
    this.#clock = clock;
    this.#freshMs = tombstoneMs / 4;
  }

  /** Marks a bucket; `false` if its time is over. No I/O if this process did so a moment ago. */
  async mark(level: number, bucket: number): Promise<boolean> {
    const name = `${level}.${bucket}`;
    const now = this.#clock.monotonic();
    if (now - (this.#marks.get(name) ?? Number.NEGATIVE_INFINITY) <= this.#freshMs) return true;
    const page = Math.floor(bucket / FANOUT);
    const volume = Math.floor(page / FANOUT);
    const marked = await Promise.all([
      this.#sets.add(this.#pageKey(level, page), bucket),
      this.#sets.add(this.#volumeKey(level, volume), page),
      this.#meta.addVolume(level, volume),
    ]);
    if (marked.includes(false)) return false;
    if (this.#marks.size >= MOST_MARKS) this.#marks.clear();
    this.#marks.set(name, now);
    return true;
  }

  /**
   * The marked buckets of a level up to a moment. Two rounds of reads. Closes what was emptied before its
   * time was over, and would be read for ever.
   */
  async due(level: number, volumes: readonly number[], now: number): Promise<Due> {
    const bucketNow = Math.floor(now / BUCKET_MS);
    const pageNow = Math.floor(bucketNow / FANOUT);
    const ofVolumes = await this.#readAll(volumes.map((volume) => this.#volumeKey(level, volume)));
    const pages = ofVolumes.flat();
    // One page ahead, so that what is due at its beginning is not late.
    const near = pages.filter((page) => page <= pageNow + 1);
    const ofPages = await this.#readAll(near.map((page) => this.#pageKey(level, page)));
    const buckets = ofPages.flat().sort((one, other) => one - other);
    // Not those that have ended only now: other clocks may be behind.
    const empty = near.filter((page, nth) => page < pageNow - 1 && ofPages[nth]!.length === 0);
    for (const page of empty) void this.#closePage(level, page).catch(() => undefined);
    const volumeNow = Math.floor(pageNow / FANOUT);
    volumes.forEach((volume, nth) => {
      if (volume >= volumeNow - 1 || ofVolumes[nth]!.length > 0) return;
      void this.#closeVolume(level, volume, undefined).catch(() => undefined);
    });
    const next = buckets.find((bucket) => bucket > bucketNow);
    return {
      buckets: buckets.filter((bucket) => bucket <= bucketNow),
      nextAt: next === undefined ? Number.POSITIVE_INFINITY : next * BUCKET_MS,
    };
  }

  /** All marked buckets. As many reads as there are pages with marks. */
  async all(level: number, volumes: readonly number[]): Promise<readonly number[]> {
    const pages = await this.#readAll(volumes.map((volume) => this.#volumeKey(level, volume)));
    return (await this.#readAll(pages.flat().map((page) => this.#pageKey(level, page)))).flat();
  }

  /** Takes away the mark of a bucket whose lane is closed. */
  async clear(level: number, bucket: number): Promise<void> {
    this.#marks.delete(`${level}.${bucket}`);
    const page = Math.floor(bucket / FANOUT);
    const isOver = page < Math.floor(this.#clock.now() / BUCKET_MS / FANOUT);
    const closed = await this.#sets.remove(this.#pageKey(level, page), bucket, isOver);
    if (closed) await this.#closeVolume(level, Math.floor(page / FANOUT), page);
  }

  async #closePage(level: number, page: number): Promise<void> {
    if (!(await this.#sets.remove(this.#pageKey(level, page), undefined, true))) return;
    await this.#closeVolume(level, Math.floor(page / FANOUT), page);
  }

  /** Takes away the mark of a page that is closed, and the volume's if that is over and empty. */
  async #closeVolume(level: number, volume: number, page: number | undefined): Promise<void> {
    const isOver = volume < Math.floor(this.#clock.now() / BUCKET_MS / FANOUT / FANOUT);
    if (!(await this.#sets.remove(this.#volumeKey(level, volume), page, isOver))) return;
    await this.#meta.removeVolume(level, volume);
  }

  #readAll(keys: readonly string[]): Promise<(readonly number[])[]> {
    return Promise.all(keys.map((key) => this.#sets.read(key)));
  }

  #pageKey(level: number, page: number): string {
    return `${this.#prefix}p${level}.${page}`;
  }

  #volumeKey(level: number, volume: number): string {
    return `${this.#prefix}v${level}.${volume}`;
  }
}
