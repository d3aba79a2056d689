import { KvError } from '@grovekv/kv-core';
import { afterTick } from './after-tick.js';
import type { Entry } from './entry.js';
import type { Lane, Place } from './lane.js';

interface Waiting {
  readonly entry: Entry;
  resolve(place: Place | undefined): void;
  reject(error: unknown): void;
}

/** So many are appended together at most. */
const LARGEST_BATCH = 1_024;

/** Appends to one lane: what comes while an append is under way goes with the next. */
export class Appender {
  readonly #lane: Lane;
  #waiting: Waiting[] = [];
  #running = false;

  constructor(lane: Lane) {
    this.#lane = lane;
  }

  /** Its place; `undefined` if the lane is closed. In the order of the calls. */
  append(entry: Entry): Promise<Place | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, resolve, reject });
      if (this.#running) return;
      this.#running = true;
      afterTick(this.#run);
    });
  }

  readonly #run = (): void => {
    if (this.#waiting.length === 0) {
      this.#running = false;
      return;
    }
    const batch = this.#waiting.splice(0, LARGEST_BATCH);
    this.#send(batch).then(() => afterTick(this.#run));
  };

  async #send(batch: readonly Waiting[]): Promise<void> {
    const places: Place[] = [];
    try {
      await this.#lane.append(
        batch.map(({ entry }) => entry),
        places,
      );
      for (const [nth, { resolve }] of batch.entries()) resolve(places[nth]);
    } catch (error) {
      batch.forEach(({ resolve, reject }, nth) => {
        const place = places[nth];
        if (place) resolve(place);
        else reject(error);
      });
    }
  }
}

/** A lane that was open a moment ago would not take a job: it may or may not be found. */
export function inDoubt(key: string): KvError {
  const text = 'the lane of the job was closed while it was being enqueued';
  return new KvError('CONTENTION', text, { key, outcome: 'unknown' });
}
