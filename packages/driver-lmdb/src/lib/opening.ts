import { existsSync, mkdirSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** How often a process that reads looks for others that open the database. */
const POLL_MS = 2;
/** How long an opener waits until all have looked: several times as long, clocks and all. */
const GRACE_MS = 12;
/** An opener that is still there after this has died. */
const DEAD_AFTER_MS = 60_000;

/**
 * Announces that a process opens the database, by a folder beside it. LMDB sets the shared id of the
 * last transaction when it opens, to what it has read a moment before: transactions committed in
 * between are forgotten until that is repaired. Writers always check; readers check while the folder is
 * there, so that the check costs nothing at other times.
 */
export class Opening {
  readonly #folder: string;
  #near = false;
  #pollAt = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Whether some process may be opening the database now. */
  isNear(): boolean {
    const now = performance.now();
    if (now >= this.#pollAt) {
      this.#near = existsSync(this.#folder) && !this.#isDead();
      this.#pollAt = now + POLL_MS;
    }
    return this.#near;
  }

  /** Runs `open` while all others know of it. Blocks for the time that this takes them. */
  announce<T>(othersPossible: boolean, open: () => T): T {
    const marker = this.#enter();
    try {
      if (othersPossible) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, GRACE_MS);
      return open();
    } finally {
      this.#leave(marker);
    }
  }

  #enter(): string {
    const marker = join(this.#folder, `${process.pid}-${Math.random().toString(36).slice(2)}`);
    for (let attempt = 0; ; attempt += 1) {
      try {
        mkdirSync(this.#folder, { recursive: true });
        writeFileSync(marker, '');
        return marker;
      } catch (error) {
        // Another opener has removed the folder in between.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || attempt === 100) throw error;
      }
    }
  }

  #leave(marker: string): void {
    rmSync(marker, { force: true });
    try {
      rmdirSync(this.#folder);
    } catch {
      // Others are opening still.
    }
  }

  #isDead(): boolean {
    try {
      if (Date.now() - statSync(this.#folder).mtimeMs < DEAD_AFTER_MS) return false;
      rmSync(this.#folder, { recursive: true, force: true });
      return true;
    } catch {
      return false;
    }
  }
}
