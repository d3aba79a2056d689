import { randomBytes } from 'node:crypto';

/**
 * Gives each write a version that no other write of any process gets: a random 52-bit number drawn for
 * each driver, and a counter. It needs nothing from the file, so a deleted key leaves nothing behind.
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
    const bytes = randomBytes(8);
    this.epoch = bytes.readUIntBE(0, 6) * 16 + (bytes[6]! & 15);
    this.counter = 0;
  }
}

export function formatVersion(epoch: number, counter: number): string {
  return `${epoch.toString(36)}.${counter.toString(36)}`;
}
