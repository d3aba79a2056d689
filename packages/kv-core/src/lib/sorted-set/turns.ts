import { systemClock } from '../clock/clock.js';
import type { MakeId } from './ids.js';
import { MOST_RECENT, type Root } from './root.js';
import type { RootRecord } from './root-record.js';

/** How long others are waited for who ask for it: for a commit, or for one who has died. */
const LONGEST_WAIT_MS = 500;

/** The head of a commit after `root`. */
export function headAfter(root: Root, commit: string): Pick<Root, 'commit' | 'serial' | 'recent'> {
  const recent = [root.commit, ...root.recent].filter(Boolean).slice(0, MOST_RECENT);
  return { commit, serial: root.serial + 1, recent };
}

/**
 * Turns of writers. Who has just committed knows all nodes and needs two round trips for the next commit,
 * others more: without turns one process would win every race. Who has lost says so in the root, which is
 * quickly done because nothing else changes; the others then wait for its commit, once.
 */
export class Turns {
  readonly #record: RootRecord;
  readonly #makeId: MakeId;
  readonly #now: () => number;
  readonly #ttlMs: () => number | undefined;
  /** The root by which this writer has asked last. */
  #asked: string | undefined;
  /** The root of another, for which it has waited. */
  #waited: string | undefined;

  constructor(
    record: RootRecord,
    makeId: MakeId,
    now: () => number,
    ttlMs: () => number | undefined,
  ) {
    this.#record = record;
    this.#makeId = makeId;
    this.#now = now;
    this.#ttlMs = ttlMs;
  }

  /** Asks the others to wait, unless one of them has asked. Two round trips, more in a crowd. */
  async ask(): Promise<void> {
    const commit = this.#makeId(this.#now());
    const asking = (root: Root): Root | undefined =>
      root.commit && !root.waits ? { ...root, ...headAfter(root, commit), waits: true } : undefined;
    // Who could not ask has lost nothing but the turn.
    const root = await this.#record.note(asking, this.#ttlMs()).catch(() => undefined);
    if (root?.commit === commit) this.#asked = commit;
  }

  /** Whether another asks to be let in by this root, and has not been waited for. */
  isOthers({ waits, commit }: Root): boolean {
    return waits && commit !== this.#asked && commit !== this.#waited;
  }

  /** Waits until there is another root, for half a second at most; answers what there is. */
  async wait({ commit }: Root): Promise<Root> {
    this.#waited = commit;
    const end = systemClock.monotonic() + LONGEST_WAIT_MS;
    for (let ms = 4; ; ms = Math.min(ms * 2, 64)) {
      await new Promise<void>((resolve) => systemClock.setTimer(resolve, ms));
      const current = await this.#record.read();
      if (current.commit !== commit || systemClock.monotonic() > end) return current;
    }
  }
}
