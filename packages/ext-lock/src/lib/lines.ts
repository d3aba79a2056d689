import { Line } from './line.js';
import type { LockSettings, LockStore } from './options.js';

/** Idle lines are kept for the next who wants their lock, until there are so many. */
const MOST_IDLE = 1_024;

/**
 * The lines of a store, by what they have in common. They are forgotten by a new map, not one by one: a map
 * to which a key comes and goes with each call leaves tables behind that point at each other.
 */
class Lines {
  #lines = new Map<string, Line>();
  #most = MOST_IDLE;

  get(alike: string): Line | undefined {
    return this.#lines.get(alike);
  }

  add(alike: string, line: Line): void {
    if (this.#lines.size >= this.#most) this.#forgetIdle();
    this.#lines.set(alike, line);
  }

  #forgetIdle(): void {
    const busy = new Map<string, Line>();
    for (const [alike, line] of this.#lines) if (!line.isIdle) busy.set(alike, line);
    this.#lines = busy;
    this.#most = busy.size + MOST_IDLE;
  }
}

const byStore = new WeakMap<LockStore, Lines>();

function linesOf(store: LockStore): Lines {
  let lines = byStore.get(store);
  if (!lines) {
    lines = new Lines();
    byStore.set(store, lines);
  }
  return lines;
}

/**
 * The line for these settings. All locks made alike on one store share it, however many objects they
 * are; locks made otherwise meet in the store.
 */
export function lineOf(settings: LockSettings): () => Line {
  const { store, key, clock } = settings;
  const lines = linesOf(store);
  const { permits, ttlMs, autoExtend, fair, waiterTtlMs, handoffs, pollMs, tombstoneMs } = settings;
  const kind = [permits, ttlMs, autoExtend, fair, waiterTtlMs, handoffs, tombstoneMs];
  const alike = [...kind, pollMs.min, pollMs.max, ...settings.owner, key].join(' ');
  const own = new Line(settings);
  return () => {
    const line = lines.get(alike);
    if (line?.settings.clock === clock) return line;
    if (!line) lines.add(alike, own);
    return own;
  };
}
