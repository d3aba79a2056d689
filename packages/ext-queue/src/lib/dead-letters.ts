import type { Codec } from '@grovekv/kv-core';
import type { Failure } from './claims.js';
import { doneEntry, type Entry } from './entry.js';
import { inDoubt } from './in-doubt.js';
import { DEAD_LANE, readyLane } from './lane-names.js';
import { count, invalid } from './options.js';
import type { QueueCore } from './queue-core.js';
import { type DeadJob, type Found, findDead, idOf, lookAt } from './survey.js';
import { MOVE_MS, outlookOf } from './take.js';
import { newUid, sameUid } from './uid.js';

/** The jobs whose attempts are used up. */
export interface DeadLetters<T> {
  /** The oldest first. Reads the segments that hold them, 16 in a round trip. */
  list(options?: { readonly limit?: number | undefined }): Promise<DeadJob<T>[]>;
  /**
   * Puts jobs back in the queue, at its end and with all their attempts anew; all of them unless ids are
   * given. Answers how many. Each is moved once, in a few round trips. If it rejects, what was not moved
   * is still listed: called again, three seconds later, it goes on.
   */
  redrive(ids?: readonly string[]): Promise<number>;
  /** Removes jobs; all of them unless ids are given. Answers how many. */
  purge(ids?: readonly string[]): Promise<number>;
}

const DEFAULT_LIMIT = 100;
const MOST_LISTED = 100_000;

/** The {@link DeadLetters} of a queue. */
export class DeadLane<T> implements DeadLetters<T> {
  readonly #core: QueueCore;
  readonly #codec: Codec<T>;

  constructor(core: QueueCore, codec: Codec<T>) {
    this.#core = core;
    this.#codec = codec;
  }

  async list({ limit = DEFAULT_LIMIT } = {}): Promise<DeadJob<T>[]> {
    const found = await findDead(this.#core, count('limit', limit, MOST_LISTED));
    return found.map(({ entry }) =>
      Object.assign(lookAt(entry, this.#codec), { reason: entry.reason }),
    );
  }

  async redrive(ids?: readonly string[]): Promise<number> {
    let redriven = 0;
    let failure: Failure | undefined;
    for (const found of await this.#find(ids)) {
      const { lane, segment, index, entry } = found;
      const left = await this.#change(found, (dead) => {
        if (dead.state === 'leaving' && dead.leftMs > 0) return undefined;
        return {
          ...dead,
          state: 'leaving',
          token: newUid(),
          attempts: 0,
          dueAt: 0,
          leftMs: MOVE_MS,
          target: dead.target ?? { lane: readyLane(entry.level), segment: -1, uid: newUid() },
        };
      });
      if (!left) continue;
      try {
        await this.#core.move({ lane, segment, index, entry: left });
        redriven += 1;
      } catch (error) {
        failure ??= { error: inDoubt(error, lane.segmentKey(segment)) };
      }
    }
    if (redriven > 0) await this.#advance();
    if (failure) throw failure.error;
    return redriven;
  }

  async purge(ids?: readonly string[]): Promise<number> {
    let purged = 0;
    for (const found of await this.#find(ids)) {
      const done = await this.#change(found, (dead) =>
        dead.state === 'waiting' ? { ...doneEntry(dead), token: newUid() } : undefined,
      );
      if (!done) continue;
      purged += 1;
      await this.#core.slots.free(done);
    }
    if (purged > 0) await this.#advance();
    return purged;
  }

  async #find(ids: readonly string[] | undefined): Promise<Found[]> {
    if (ids !== undefined && !(Array.isArray(ids) && ids.every((id) => typeof id === 'string'))) {
      throw invalid('ids are a list of strings');
    }
    const wanted = ids && new Set(ids);
    const all = await findDead(this.#core, Number.POSITIVE_INFINITY);
    return wanted ? all.filter(({ entry }) => wanted.has(idOf(entry))) : all;
  }

  #change(
    { lane, segment, index, entry }: Found,
    change: (entry: Entry) => Entry | undefined,
  ): Promise<Entry | undefined> {
    let made: Entry | undefined;
    return lane.table.update(lane.segmentKey(segment), (draft) => {
      const stored = draft?.entries[index];
      if (!draft || !stored || !sameUid(stored.uid, entry.uid)) {
        return { next: undefined, result: undefined };
      }
      if (made && stored.state === made.state && sameUid(stored.token, made.token))
        return { next: undefined, result: made };
      if (stored.state === 'done') return { next: undefined, result: undefined };
      const next = change(stored);
      if (!next) return { next: undefined, result: undefined };
      made = next;
      draft.set(index, next);
      return { next: draft.finish(), result: next };
    });
  }

  /** Lets go of what is drained at the beginning. */
  async #advance(): Promise<void> {
    const lane = this.#core.lane(DEAD_LANE);
    const { head } = await lane.hint();
    let to = head;
    let end = 0;
    for (;;) {
      const seen = await lane.table.read(lane.segmentKey(to));
      if (!seen || !outlookOf(seen.draft, 0).drained) break;
      to += 1;
      end = seen.segment.base + seen.segment.entries.length;
    }
    if (to > head) await lane.advance(to, end);
  }
}
