import type { Entry } from './entry.js';
import { type Draft, isDrained } from './segment.js';
import type { Step } from './segment-table.js';
import { newUid, type Uid } from './uid.js';

/** How long a move to another lane may take before somebody else goes on with it, at no risk. */
export const MOVE_MS = 3_000;

/** An entry with its place in the segment. */
export interface PlacedEntry {
  readonly index: number;
  readonly entry: Entry;
}

/** What there is to do in a segment, and when. */
export interface Outlook {
  readonly sealed: boolean;
  readonly drained: boolean;
  /** Milliseconds until something may be delivered or has to be moved; `Infinity` for never. */
  readonly nextMs: number;
  /** Jobs before the next segment. */
  readonly end: number;
}

/** What a take came to. */
export interface Taken {
  readonly jobs: readonly PlacedEntry[];
  /** To be moved to another lane, under their tokens. */
  readonly departures: readonly PlacedEntry[];
  readonly outlook: Outlook;
}

/** What the taker wants. */
export interface Wish {
  readonly most: number;
  readonly visibilityMs: number;
  /** The lane of dead letters. */
  readonly deadLane: string;
  /** Takes from one segment only: what there is at once, instead of all. */
  readonly partial?: boolean;
  /** Seals the segment if all its jobs are done: its time is over. */
  readonly seal?: boolean;
  /** The wall clock, for delayed jobs. */
  now(): number;
}

/** What is to be expected of a segment. */
export function outlookOf(draft: Draft, now: number): Outlook {
  let nextMs = Number.POSITIVE_INFINITY;
  for (const { state, leftMs, dueAt } of draft.entries) {
    if (state === 'done') continue;
    nextMs = Math.min(nextMs, state === 'waiting' ? Math.max(leftMs, dueAt - now) : leftMs);
  }
  const { sealed, base, entries } = draft;
  const drained = isDrained(draft);
  return { sealed, drained, nextMs: Math.max(0, nextMs), end: base + entries.length };
}

/**
 * A step that leases what can be delivered, in the order of the segment, up to `most`. A job that has had
 * all its attempts leaves for the dead letters; one that was leaving and got stuck is taken up again.
 */
export function take({ most, visibilityMs, deadLane, seal, now }: Wish) {
  const tokens: Uid[] = [];
  const tokenAt = (nth: number): Uid => {
    tokens[nth] ??= newUid();
    return tokens[nth];
  };
  return (draft: Draft | undefined): Step<Taken | undefined> => {
    if (!draft) return { next: undefined, result: undefined };
    const jobs: PlacedEntry[] = [];
    const departures: PlacedEntry[] = [];
    const at = now();
    let used = 0;
    const ours = tokens.length > 0 ? new Set(tokens.map(({ serial }) => serial)) : undefined;
    const process = tokens[0]?.process;
    const { entries } = draft;
    if (ours) {
      // In a run after the first: what is ours already was taken by a write that was in doubt.
      for (let index = 0; index < entries.length; index += 1) {
        const entry = entries[index]!;
        if (entry.token.process !== process || !ours.has(entry.token.serial)) continue;
        if (entry.state === 'leased') jobs.push({ index, entry });
        if (entry.state === 'leaving') departures.push({ index, entry });
        ours.delete(entry.token.serial);
      }
      if (jobs.length + departures.length > 0) used = tokens.length;
    }
    for (let index = 0; index < entries.length && jobs.length < most; index += 1) {
      const entry = entries[index]!;
      if (entry.leftMs > 0 || entry.state === 'done' || entry.state === 'leased') continue;
      if (entry.state === 'leaving') {
        departures.push(placed(draft, index, { token: tokenAt(used), leftMs: MOVE_MS }));
        used += 1;
      } else if (entry.dueAt <= at) {
        const token = tokenAt(used);
        used += 1;
        if (entry.attempts >= entry.maxAttempts) {
          const target = { lane: deadLane, segment: -1, uid: newUid() };
          const change = { state: 'leaving', token, target, leftMs: MOVE_MS } as const;
          departures.push(placed(draft, index, change));
        } else {
          const attempts = entry.attempts + 1;
          const change = { state: 'leased', token, attempts, leftMs: visibilityMs } as const;
          jobs.push(placed(draft, index, change));
        }
      }
    }
    if (seal && draft.entries.every(({ state }) => state === 'done')) draft.seal();
    return { next: draft.finish(), result: { jobs, departures, outlook: outlookOf(draft, at) } };
  };
}

function placed(draft: Draft, index: number, change: Partial<Entry>): PlacedEntry {
  const entry = { ...draft.entries[index]!, ...change };
  draft.set(index, entry);
  return { index, entry };
}
