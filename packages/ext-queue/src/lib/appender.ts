import type { Entry } from './entry.js';
import type { Lane, Place } from './lane.js';
import type { Pulse } from './pulse.js';

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

  readonly #pulse: Pulse;

  constructor(lane: Lane, pulse: Pulse) {
    this.#lane = lane;
    this.#pulse = pulse;
  }

  /** Its place; `undefined` if the lane is closed. In the order of the calls. */
  append(entry: Entry): Promise<Place | undefined> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, resolve, reject });
      if (this.#running) return;
      this.#running = true;
      this.#pulse.add(this.#run);
    });
  }

  readonly #run = async (): Promise<void> => {
    await this.#send(this.#waiting.splice(0, LARGEST_BATCH));
    if (this.#waiting.length > 0) this.#pulse.add(this.#run);
    else this.#running = false;
  };

  /** Appends what fits into one segment; the rest goes first with the next beat. */
  async #send(batch: Waiting[]): Promise<void> {
    try {
      const places = await this.#lane.append(batch.map(({ entry }) => entry));
      const over = places.length > 0 ? places.length : batch.length;
      for (let nth = 0; nth < over; nth += 1) batch[nth]!.resolve(places[nth]);
      if (over < batch.length) this.#waiting = [...batch.slice(over), ...this.#waiting];
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
