import { type Codec, isKvError, type Store } from '@grovekv/kv-core';
import { extendLease, releaseLease, withdraw } from './changes.js';
import { fenceFloor, usedFence } from './fence-floor.js';
import { type Bid, type BidResult, grant, type Step, type Terms } from './grant.js';
import type { LockId } from './lock-id.js';
import { aged, type LockRecord } from './lock-record.js';
import type { LockSettings } from './options.js';
import { decodeRecord, encodeRecord } from './record-codec.js';

const UPDATE = { idempotent: true, withTtl: true } as const;

/** A state of the record, and how old it was when this process saw it first, at `at`. */
interface Sighting {
  readonly state: LockRecord;
  readonly ageMs: number;
  readonly at: number;
}

/** The record of one lock in the store. Every method but `read` is one `store.update`. */
export class LockTable {
  readonly #settings: LockSettings;
  readonly #records: Store<LockRecord>;
  readonly #terms: Terms;
  /** The last state that this process wrote, or tried to. */
  #own: { readonly record: LockRecord; readonly bytes: Uint8Array } | undefined;
  #seen: Sighting | undefined;

  constructor(settings: LockSettings) {
    const { permits, ttlMs, waiterTtlMs, tombstoneMs, handoffs, owner } = settings;
    this.#settings = settings;
    this.#records = settings.store.with({ codec: this.#codec() });
    this.#terms = {
      permits,
      leaseMs: guarded(ttlMs),
      waiterMs: waiterTtlMs,
      tombstoneMs,
      fences: handoffs + 1,
      owner,
    };
  }

  /** Asks for leases; see {@link grant}. */
  async bid(
    ids: readonly LockId[],
    leaving: readonly LockId[],
    queue: Bid['queue'],
  ): Promise<BidResult> {
    const { clock } = this.#settings;
    const bid = { ids, leaving, queue, leastFence: fenceFloor(clock), alone: false };
    const result = await this.#update((record, ageMs) => {
      bid.alone = record !== undefined && record === this.#own?.record;
      return grant(record, ageMs, bid, this.#terms);
    }, this.#seen?.state);
    for (const { fence } of result.granted) usedFence(clock, fence);
    return result;
  }

  /** Remembers the state that a bid was answered with. */
  saw({ state, ageMs }: BidResult): void {
    if (this.#seen && isSame(state, this.#seen.state)) return;
    this.#seen = { state, ageMs, at: this.#settings.clock.monotonic() };
  }

  /** `false` if the lease is not there any more. */
  extend(id: LockId, ttlMs: number): Promise<boolean> {
    const { tombstoneMs } = this.#settings;
    const leaseMs = guarded(ttlMs);
    return this.#update((record, ageMs) => extendLease(record, ageMs, id, leaseMs, tombstoneMs));
  }

  /** `false` if the lease was not there any more. */
  release(id: LockId, highestFence: number, lastFence: number): Promise<boolean> {
    const { clock, tombstoneMs } = this.#settings;
    usedFence(clock, highestFence);
    this.#seen = undefined;
    return this.#update((record, ageMs) =>
      releaseLease(record, ageMs, id, highestFence, lastFence, tombstoneMs),
    );
  }

  /**
   * Takes out of the record, if they are there, leases and places whose owners are not there any more.
   * Tried as long as they could be in anybody's way; never rejects.
   */
  async takeBack(ids: readonly LockId[]): Promise<void> {
    const { tombstoneMs, ttlMs, clock } = this.#settings;
    const until = clock.monotonic() + ttlMs;
    do {
      try {
        await this.#update((record, ageMs) => withdraw(record, ageMs, ids, tombstoneMs));
        return;
      } catch (error) {
        if (isKvError(error, 'CLOSED')) return;
        await new Promise<void>((resolve) => clock.setTimer(resolve, ttlMs / 20));
      }
    } while (clock.monotonic() < until);
  }

  /** The record as of now, without what has expired. One read. */
  async read(): Promise<LockRecord | undefined> {
    const entry = await this.#records.getEntry(this.#settings.key);
    return entry && aged(entry.value, this.#age(entry.value, entry.ttlMs));
  }

  /**
   * `vanished` is what is taken for the record if there is none. A bid takes the last that it saw: a key
   * that was evicted, or that a clock has jumped over, ends nobody's lease, and the fences go on.
   */
  #update<R>(
    step: (record: LockRecord | undefined, ageMs: number) => Step<R>,
    vanished?: LockRecord,
  ): Promise<R> {
    return this.#records.update<LockRecord, R>(
      this.#settings.key,
      (found, { ttlMs }) => {
        const stored = found ?? vanished;
        const { record, result } = step(stored, stored ? this.#age(stored, ttlMs) : 0);
        return record ? { put: record, ttlMs: record.ttlMs, result } : { keep: true, result };
      },
      UPDATE,
    );
  }

  /** Takes the state that this process left for the very record that it was. */
  #codec(): Codec<LockRecord> {
    const { key } = this.#settings;
    return {
      name: 'lock record',
      encode: (record) => {
        const bytes = encodeRecord(record);
        this.#own = { record, bytes };
        return bytes;
      },
      decode: (bytes) => {
        const own = this.#own;
        return own && isEqual(own.bytes, bytes) ? own.record : decodeRecord(bytes, key);
      },
    };
  }

  /**
   * How long ago the record was written, by the driver's clock; from the first sight of it on by the
   * monotonic clock of this process, so that no jump of a wall clock ends a lease early or late.
   */
  #age(record: LockRecord, ttlMs: number | undefined): number {
    const seen = this.#seen;
    if (seen && isSame(seen.state, record)) {
      return seen.ageMs + this.#settings.clock.monotonic() - seen.at;
    }
    return ttlMs === undefined ? 0 : Math.max(0, record.ttlMs - ttlMs);
  }
}

/** A lease lasts a little longer in the store than for its holder: clocks differ in rate, and round. */
function guarded(ttlMs: number): number {
  return ttlMs + 2 + Math.ceil(ttlMs / 1_000);
}

/** No two states of a lock have both in common. */
function isSame(one: LockRecord, other: LockRecord): boolean {
  return one.serial === other.serial && one.fence === other.fence;
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  if (one === other) return true;
  const { length } = one;
  if (other.length !== length) return false;
  for (let at = 0; at < length; at += 1) if (one[at] !== other[at]) return false;
  return true;
}
