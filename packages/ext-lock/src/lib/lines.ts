import { Line } from './line.js';
import type { LockSettings, LockStore } from './options.js';

/** The lines that somebody stands in, by store and by what they have in common. */
const busy = new WeakMap<LockStore, Map<string, Line>>();

/**
 * The line for these settings. All locks made alike on one store share it, however many objects they
 * are; locks made otherwise meet in the store.
 */
export function lineOf(settings: LockSettings): () => Line {
  const { store, key, clock } = settings;
  let lines = busy.get(store);
  if (!lines) {
    lines = new Map();
    busy.set(store, lines);
  }
  const { permits, ttlMs, autoExtend, fair, waiterTtlMs, handoffs, pollMs, tombstoneMs } = settings;
  const kind = [permits, ttlMs, autoExtend, fair, waiterTtlMs, handoffs, tombstoneMs];
  const alike = [...kind, pollMs.min, pollMs.max, ...settings.owner, key].join(' ');
  const shared = lines;
  const own = new Line(settings, (line) => {
    if (shared.get(alike) === line) shared.delete(alike);
  });
  return () => {
    const line = shared.get(alike);
    if (line?.settings.clock === clock) return line;
    if (!line) shared.set(alike, own);
    return own;
  };
}
