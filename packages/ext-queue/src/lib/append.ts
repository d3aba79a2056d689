import type { Entry } from './entry.js';
import type { QueueSettings } from './options.js';
import { type Draft, MOST_ENTRIES } from './segment.js';
import { entryBytes, GROWTH_BYTES } from './segment-codec.js';
import { newDraft, type Step } from './segment-table.js';

/** What an append came to. */
export interface Appended {
  /** The places of the first so many entries. */
  readonly indexes: readonly number[];
  /** Whether the segment takes no more. */
  readonly sealed: boolean;
  /** Whether this made it, or tried to. */
  readonly created: boolean;
  readonly base: number;
  /** How many jobs the segment has. */
  readonly size: number;
}

/** What a record needs besides its entries, with what hooks may add. */
const RESERVE_BYTES = 1_024;

/**
 * A step that appends as many entries as fit, in order, and seals the segment when one does not, or when
 * the last place is taken. What is there already, from an earlier run of this step, is not added again.
 * `base` says how a missing segment may be made; `undefined` from the step: it was missing.
 */
export function appendTo(
  entries: readonly Entry[],
  { segmentBytes, mostPayloadBytes }: QueueSettings<unknown>,
  base: () => number | undefined,
  again: boolean,
): (draft: Draft | undefined) => Step<Appended | undefined> {
  const hardBytes = mostPayloadBytes + GROWTH_BYTES + RESERVE_BYTES;
  let known = again;
  let created = false;
  return (stored) => {
    let draft = stored;
    if (!draft) {
      const start = base();
      if (start === undefined) return { next: undefined, result: undefined };
      draft = newDraft(start);
      created = true;
    }
    const indexes: number[] = [];
    let bytes = 0;
    for (const entry of draft.entries) bytes += entryBytes(entry);
    for (const entry of entries) {
      const there = known ? draft.find(entry.uid) : -1;
      if (there >= 0) {
        indexes.push(there);
        continue;
      }
      if (draft.sealed) break;
      const more = bytes + entryBytes(entry);
      const count = draft.entries.length;
      if (count > 0 && (more > segmentBytes || more + (count + 1) * GROWTH_BYTES > hardBytes)) {
        draft.seal();
        break;
      }
      bytes = more;
      indexes.push(count);
      draft.push(entry);
      if (count + 1 === MOST_ENTRIES) draft.seal();
    }
    known = true;
    const { sealed } = draft;
    const size = draft.entries.length;
    const result = { indexes, sealed, created, base: draft.base, size };
    return { next: draft.finish(), result };
  };
}
