import { agedEntry, type Entry } from './entry.js';
import { NO_UID, newUid, type Uid } from './uid.js';

/** Most entries in a segment. */
export const MOST_ENTRIES = 64;

/** One record of a lane: some of its jobs, in the order in which they came. */
export interface Segment {
  /** Another one in each state, so that no two states have the same bytes. */
  readonly stamp: Uid;
  /** How many jobs came before it in the lane. */
  readonly base: number;
  /** Takes no more jobs. */
  readonly sealed: boolean;
  readonly entries: readonly Entry[];
}

/** A segment nobody has written to yet. */
export function emptySegment(base: number): Segment {
  return { stamp: NO_UID, base, sealed: false, entries: [] };
}

/** Whether it is sealed and all its jobs are done: nothing will ever happen in it again. */
export function isDrained({ sealed, entries }: Pick<Segment, 'sealed' | 'entries'>): boolean {
  return sealed && entries.every(({ state }) => state === 'done');
}

/** A segment while a step changes it. */
export class Draft {
  readonly entries: Entry[];
  readonly base: number;
  sealed: boolean;
  changed = false;

  /** `ageMs`: how long ago the segment was written. */
  constructor(segment: Segment, ageMs: number) {
    const { entries } = segment;
    const aged = new Array<Entry>(entries.length);
    for (let at = 0; at < entries.length; at += 1) aged[at] = agedEntry(entries[at]!, ageMs);
    this.entries = aged;
    this.base = segment.base;
    this.sealed = segment.sealed;
  }

  set(index: number, entry: Entry): void {
    this.entries[index] = entry;
    this.changed = true;
  }

  push(entry: Entry): void {
    this.entries.push(entry);
    this.changed = true;
  }

  seal(): void {
    if (this.sealed) return;
    this.sealed = true;
    this.changed = true;
  }

  find(uid: Uid): number {
    const { process, serial } = uid;
    return this.entries.findIndex(
      (entry) => entry.uid.serial === serial && entry.uid.process === process,
    );
  }

  /** The next state, `undefined` if nothing has changed. */
  finish(): Segment | undefined {
    if (!this.changed) return undefined;
    const { base, sealed, entries } = this;
    return { stamp: newUid(), base, sealed, entries };
  }
}
