import { doneEntry, type Entry, type Target } from './entry.js';
import type { Lane, Place } from './lane.js';
import { MOVE_MS } from './take.js';
import { NO_UID, sameUid, type Uid } from './uid.js';

/** Whom moves concern besides the two lanes. */
export interface MoveHost {
  lane(name: string): Lane;
  /** Makes sure that a lane is found; `false` if it is closed for good. */
  announce(lane: string): Promise<boolean>;
  /** Where to instead, if the lane is closed. */
  instead(entry: Entry): string;
  /** The job is at a new place: who remembers where it is has to know. */
  moved(entry: Entry, place: Place, uid: Uid): Promise<void>;
}

/** An entry that is leaving, under the token of whoever moves it. */
export interface Departure {
  readonly lane: Lane;
  readonly segment: number;
  readonly index: number;
  readonly entry: Entry;
}

/**
 * Moves a job to the segment of another lane so that it is there once, whoever stalls or dies on the way:
 * the source names the very segment; that takes the job unless it has it; then the source is done. Who
 * finds a move that got stuck goes on with the segment that is named. A sealed segment without the job
 * will never have it, so only then is another one named. Four round trips or a few more.
 */
export async function move(departure: Departure, host: MoveHost): Promise<void> {
  const { lane: source, segment, index } = departure;
  const { uid, token } = departure.entry;
  let entry = departure.entry;
  for (;;) {
    const { target } = entry;
    if (!target) return;
    if (target.segment >= 0) {
      const place = await host.lane(target.lane).insert(target.segment, arrival(entry, target));
      if (place) {
        await host.moved(entry, place, target.uid);
        await change(source, segment, index, uid, token, gone);
        return;
      }
    }
    let name = target.lane;
    let open: number | undefined;
    while (open === undefined) {
      if (!(await host.announce(name))) name = host.instead(entry);
      open = await host.lane(name).openSegment();
      if (open === undefined) name = host.instead(entry);
    }
    const next = { lane: name, segment: open, uid: target.uid };
    const named = await change(source, segment, index, uid, token, (leaving) => ({
      ...leaving,
      target: next,
      leftMs: MOVE_MS,
    }));
    if (!named) return;
    entry = named;
  }
}

/** The job as it arrives: the same one, waiting. */
function arrival(entry: Entry, { uid }: Target): Entry {
  return { ...entry, uid, state: 'waiting', token: NO_UID, leftMs: 0, target: undefined };
}

/** What stays behind; nobody's token acknowledges it. */
function gone(entry: Entry): Entry {
  return { ...doneEntry(entry), token: NO_UID };
}

/** Changes the entry if it is still leaving under this token; answers with what it then is. */
function change(
  lane: Lane,
  segment: number,
  index: number,
  uid: Uid,
  token: Uid,
  to: (entry: Entry) => Entry,
): Promise<Entry | undefined> {
  return lane.table.update(lane.segmentKey(segment), (draft) => {
    const entry = draft?.entries[index];
    const ours = entry && sameUid(entry.uid, uid) && sameUid(entry.token, token);
    if (!draft || !ours || (entry.state !== 'leaving' && entry.state !== 'done')) {
      return { next: undefined, result: undefined };
    }
    if (entry.state === 'done') return { next: undefined, result: undefined };
    const next = to(entry);
    draft.set(index, next);
    return { next: draft.finish(), result: next };
  });
}
