import type { Store } from '@grovekv/kv-core';
import type { Entry } from './entry.js';
import { inDoubt } from './in-doubt.js';
import type { Lane, Place } from './lane.js';
import { DEAD_LANE } from './lane-names.js';
import { recordCodec } from './record.js';
import { KEEP_MS } from './segment-table.js';
import { sameUid, type Uid } from './uid.js';

/** Which job has a name, and where it is or is to be. */
interface Slot {
  readonly uid: Uid;
  readonly id: string;
  readonly lane: string;
  readonly segment: number;
  /** Whether it is known to have been there. */
  readonly placed: boolean;
}

const codec = recordCodec<Slot>(
  's',
  ({ uid, id, lane, segment, placed }) =>
    Number.isSafeInteger(uid?.process) &&
    Number.isSafeInteger(uid.serial) &&
    typeof id === 'string' &&
    typeof lane === 'string' &&
    Number.isSafeInteger(segment) &&
    typeof placed === 'boolean',
);

/** What became of a job with a name. */
export interface NamedResult {
  readonly id: string;
  readonly duplicate: boolean;
}

/**
 * Names of jobs: ids, which are remembered, and dedupe keys, which last as long as their job. A name is
 * taken first, for a job at the very segment where it is put next; who finds it taken by a job that is
 * not there puts it there, as the same job.
 */
export class Slots {
  readonly #store: Store<Slot>;
  readonly #prefix: string;
  readonly #lane: (name: string) => Lane;

  constructor(store: Pick<Store, 'with'>, prefix: string, lane: (name: string) => Lane) {
    this.#store = store.with({ codec });
    this.#prefix = prefix;
    this.#lane = lane;
  }

  /**
   * Enqueues a job with an id or a dedupe key. `open` gives a lane with a segment that takes jobs. Four
   * round trips or a few more.
   */
  async enqueue(
    job: Entry,
    id: string,
    ttlMs: number,
    open: () => Promise<{ readonly lane: string; readonly segment: number }>,
  ): Promise<NamedResult> {
    const key = this.#keyOf(job) as string;
    let entry = job;
    let name = id;
    let replaces: Slot | undefined;
    for (;;) {
      const { lane, segment } = await open();
      const mine: Slot = { uid: entry.uid, id: name, lane, segment, placed: false };
      const slot = await this.#take(key, mine, replaces, ttlMs);
      const ours = sameUid(slot.uid, job.uid);
      if (ours && slot.placed) return { id: slot.id, duplicate: false };
      if (!ours) {
        const state = await this.#stateOf(slot);
        const lasts = job.id ? state !== 'never' : state === 'alive';
        if (lasts) {
          await this.#wasPlaced(key, slot, job);
          return { id: slot.id, duplicate: true };
        }
        if (state === 'over') {
          replaces = slot;
          entry = job;
          name = id;
          continue;
        }
        // Somebody has taken the name and not put the job there, yet or ever: do so as the same job.
        entry = { ...job, uid: slot.uid, origin: slot.uid };
        name = slot.id;
      }
      if (await this.#lane(slot.lane).insert(slot.segment, entry)) {
        await this.#wasPlaced(key, slot, job);
        return { id: slot.id, duplicate: !ours };
      }
      replaces = slot;
    }
  }

  /**
   * Remembers of an id that its job was there, before anybody is told so: when the segment is gone, only
   * this tells that the job is done. A dedupe key is then free in any case.
   */
  async #wasPlaced(key: string, { uid, placed }: Slot, { id }: Entry): Promise<void> {
    if (placed) return;
    const noted = this.#change(key, uid, (held) => ({ ...held, placed: true }));
    if (!id) {
      void noted.catch(() => undefined);
      return;
    }
    await noted.catch((error: unknown) => {
      throw inDoubt(error, key);
    });
  }

  /** The job is somewhere else now. */
  async moved(entry: Entry, { lane, segment }: Place, uid: Uid): Promise<void> {
    const key = this.#keyOf(entry);
    if (!key) return;
    await this.#change(key, entry.uid, (held) => ({ ...held, uid, lane, segment, placed: true }));
  }

  /** The job is over: its dedupe key is free. If this is not done, the next user of the key finds out. */
  async free(entry: Pick<Entry, 'id' | 'dedupe' | 'uid'>): Promise<void> {
    const key = this.#keyOf(entry);
    if (!key || entry.id) return;
    await this.#store.update<Slot, void>(
      key,
      (held) =>
        held && sameUid(held.uid, entry.uid)
          ? { delete: true, result: undefined }
          : { keep: true, result: undefined },
      { idempotent: true },
    );
  }

  #keyOf({ id, dedupe }: Pick<Entry, 'id' | 'dedupe'>): string | undefined {
    if (id) return `${this.#prefix}i:${id}`;
    return dedupe ? `${this.#prefix}u:${dedupe}` : undefined;
  }

  /** Takes the name, if nobody has it but the one that it replaces; answers who has it. */
  #take(key: string, mine: Slot, replaces: Slot | undefined, ttlMs: number): Promise<Slot> {
    return this.#store.update<Slot, Slot>(
      key,
      (held) => {
        const stale =
          replaces &&
          held &&
          sameUid(held.uid, replaces.uid) &&
          held.lane === replaces.lane &&
          held.segment === replaces.segment &&
          held.placed === replaces.placed;
        if (held && !stale) return { keep: true, result: held };
        return { put: mine, ttlMs, result: mine };
      },
      { idempotent: true },
    );
  }

  async #change(key: string, uid: Uid, to: (held: Slot) => Slot): Promise<void> {
    await this.#store.update<Slot, void>(
      key,
      (held) =>
        held && sameUid(held.uid, uid)
          ? { put: to(held), result: undefined }
          : { keep: true, result: undefined },
      { idempotent: true },
    );
  }

  /**
   * `alive`: it will be delivered, or is. `over`: done or dead. `never`: it is not where it was to be put.
   * Of a segment that is gone only `placed` tells.
   */
  async #stateOf({ uid, lane, segment, placed }: Slot): Promise<'alive' | 'over' | 'never'> {
    if (lane === DEAD_LANE) return 'over';
    const home = this.#lane(lane);
    const seen = await home.table.read(home.segmentKey(segment));
    const entry = seen?.draft.entries[seen.draft.find(uid)];
    if (!entry) return placed ? 'over' : 'never';
    return entry.state === 'done' ? 'over' : 'alive';
  }
}

/** How long a dedupe key may last. */
export const DEDUPE_MS = KEEP_MS;
