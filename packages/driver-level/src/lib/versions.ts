/**
 * Gives each write a version that no other write gets: a random 52-bit number drawn for each opening of a
 * database, and a counter. It needs nothing from the database, so a deleted key leaves nothing behind.
 */
export class VersionSource {
  epoch = 0;
  counter = 0;

  constructor() {
    this.#draw();
  }

  /** Moves on; read `epoch` and `counter` then. */
  advance(): void {
    this.counter += 1;
    if (this.counter > 0xffffffff) this.#draw();
  }

  #draw(): void {
    const [high, low] = crypto.getRandomValues(new Uint32Array(2)) as Uint32Array &
      [number, number];
    this.epoch = (high >>> 12) * 2 ** 32 + low;
    this.counter = 0;
  }
}

export function formatVersion(epoch: number, counter: number): string {
  return `${epoch.toString(36)}.${counter.toString(36)}`;
}
