import { type Clock, KvError, systemClock } from '@grovekv/kv-core';
import type {
  Check,
  Condition,
  Driver,
  DriverCall,
  DriverTraits,
  Entry,
  Increment,
  IncrementResult,
  LocalMutation,
  ScanPage,
  ScanRequest,
  SortedChange,
  SortedOrder,
  SortedRequest,
  SortedResult,
  Write,
  WriteResult,
} from '@grovekv/kv-core/driver';
import { byBytes } from '../bytes/by-bytes.js';
import { ReferenceSortedSet } from './reference-sorted-set.js';

/** What is stored under one key. */
export interface Slot {
  readonly value: Uint8Array;
  readonly version: string;
  readonly expiresAt: number;
}

/** What all clients of one {@link ReferenceDriver} share. */
export class ReferenceDatabase {
  readonly clock: Clock;
  readonly slots = new Map<string, Slot>();
  readonly sortedSets = new Map<string, ReferenceSortedSet>();
  /** Set it to make every call fail, as when a server is away. */
  down = false;
  #versions = 0;

  constructor(clock: Clock = systemClock) {
    this.clock = clock;
  }

  nextVersion(): string {
    this.#versions += 1;
    return String(this.#versions);
  }
}

/** Ttls are rounded up to this, so that a driver that rounds down is found. */
const RESOLUTION_MS = 10;
const DECIMAL = /^(0|-?[1-9][0-9]{0,18})$/;

/**
 * A driver as plain as the contract allows, correct, with all that is optional, and made of small
 * methods, so that a mutant is a subclass which overrides one of them. Every call answers later, like
 * a network's, but is one step when it happens.
 */
export class ReferenceDriver implements Driver {
  readonly contract = 1;
  readonly traits: DriverTraits = {
    name: 'reference',
    ttlResolutionMs: RESOLUTION_MS,
    expiryClock: 'client',
    maxKeyBytes: 512,
    maxValueBytes: 256 * 1024,
    scan: 'ordered',
    commit: { maxOperations: 50, scope: 'any' },
    durability: 'durable',
    shared: true,
  };
  readonly clock: Clock;
  protected readonly database: ReferenceDatabase;
  protected closed = false;

  constructor(database: ReferenceDatabase) {
    this.database = database;
    this.clock = database.clock;
  }

  async get(
    keys: readonly string[],
    _call: DriverCall & { readonly ttl: boolean },
  ): Promise<(Entry | undefined | KvError)[]> {
    await this.arrive();
    return keys.map((key) => this.wrongType(key) ?? this.entry(this.live(key)));
  }

  async write(writes: readonly Write[], _call: DriverCall): Promise<(WriteResult | KvError)[]> {
    await this.arrive();
    return writes.map(
      (write) =>
        (write.condition === 'any' ? undefined : this.wrongType(write.key)) ?? this.writeOne(write),
    );
  }

  async increment(
    increments: readonly Increment[],
    _call: DriverCall,
  ): Promise<(IncrementResult | KvError)[]> {
    await this.arrive();
    return increments.map((increment) => this.incrementOne(increment));
  }

  async mutate(
    mutations: readonly LocalMutation[],
    _call: DriverCall,
  ): Promise<(undefined | KvError)[]> {
    await this.arrive();
    return mutations.map(({ key, apply }) => {
      const write = apply(this.entry(this.live(key)));
      if (write) this.apply(write);
      return undefined;
    });
  }

  async sortedSet(
    requests: readonly SortedRequest[],
    _call: DriverCall,
  ): Promise<(SortedResult | KvError)[]> {
    await this.arrive();
    return requests.map((request) => this.sort(request));
  }

  async commit(
    checks: readonly Check[],
    writes: readonly Write[],
    _call: DriverCall,
  ): Promise<boolean> {
    await this.arrive();
    const applies =
      checks.every(({ key, condition }) => this.meets(this.live(key), condition)) &&
      writes.every((write) => this.applies(write, this.live(write.key)));
    if (applies) for (const write of writes) this.apply(write);
    return applies;
  }

  async scan(request: ScanRequest, _call: DriverCall): Promise<ScanPage> {
    await this.arrive();
    const { prefix, cursor, limit } = request;
    const all = [...this.database.slots.keys()]
      .filter((key) => key.startsWith(prefix))
      .sort(byBytes);
    const rest = all.filter((key) => cursor === undefined || byBytes(key, cursor) > 0);
    const page = rest.slice(0, limit);
    const keys = page.filter((key) => this.live(key));
    return rest.length > limit ? { keys, cursor: page[page.length - 1] } : { keys };
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  /** The way to the server: takes a moment, fails if it is away. */
  protected async arrive(): Promise<void> {
    if (this.closed) throw new KvError('CLOSED', 'the driver is closed');
    await hop();
    if (this.database.down) throw new KvError('UNAVAILABLE', 'the server is away');
  }

  protected live(key: string): Slot | undefined {
    const slot = this.database.slots.get(key);
    return slot && slot.expiresAt > this.clock.now() ? slot : undefined;
  }

  protected entry(slot: Slot | undefined): Entry | undefined {
    if (!slot) return undefined;
    const left = slot.expiresAt - this.clock.now();
    const ttlMs = left === Number.POSITIVE_INFINITY ? undefined : left;
    return { value: slot.value.slice(), version: slot.version, ttlMs };
  }

  protected meets(slot: Slot | undefined, condition: Condition): boolean {
    if (condition === 'any') return true;
    if (condition === 'absent') return slot === undefined;
    if (condition === 'present') return slot !== undefined;
    return slot?.version === condition.version;
  }

  protected applies(write: Write, slot: Slot | undefined): boolean {
    return this.meets(slot, write.condition) && (write.type !== 'touch' || slot !== undefined);
  }

  protected writeOne(write: Write): WriteResult {
    const slot = this.live(write.key);
    if (!this.applies(write, slot)) {
      return { applied: false, current: { entry: this.entry(slot) } };
    }
    return { applied: true, version: this.apply(write) };
  }

  protected apply(write: Write): string | undefined {
    const { key } = write;
    const slot = this.live(key);
    this.database.sortedSets.delete(key);
    if (write.type === 'delete') {
      this.database.slots.delete(key);
      return undefined;
    }
    const expiresAt = this.expiresAt(write.ttl, slot);
    const value = write.type === 'put' ? write.value.slice() : (slot?.value ?? new Uint8Array());
    const version = write.type === 'put' ? this.database.nextVersion() : (slot?.version ?? '');
    this.database.slots.set(key, { value, version, expiresAt });
    return version;
  }

  /** A sorted set at the key, unless it has expired or has no members. */
  protected sorted(key: string): ReferenceSortedSet | undefined {
    const set = this.database.sortedSets.get(key);
    return set && !set.isEmpty && set.expiresAt > this.clock.now() ? set : undefined;
  }

  protected newSortedSet(order: SortedOrder): ReferenceSortedSet {
    return new ReferenceSortedSet(order);
  }

  protected wrongType(key: string): KvError | undefined {
    if (!this.sorted(key)) return undefined;
    return new KvError('WRONG_TYPE', 'the key holds a sorted set');
  }

  protected sort(request: SortedRequest): SortedResult | KvError {
    const { key, order, cap, ttl } = request.set;
    if (this.live(key)) return new KvError('WRONG_TYPE', 'the key holds bytes');
    const found = this.sorted(key);
    if ('changes' in request && request.changes === 'clear') {
      this.database.sortedSets.delete(key);
      return [];
    }
    const isOther =
      found && (found.order.direction !== order.direction || found.order.ties !== order.ties);
    if (isOther) return new KvError('INVALID_ARGUMENT', 'it is stored in another order');
    const set = found ?? this.newSortedSet(order);
    if ('query' in request) return set.answer(request.query);
    const results = set.change(request.changes as readonly SortedChange[], cap);
    set.expiresAt = this.expiresAt(ttl, undefined);
    this.database.sortedSets.set(key, set);
    return results;
  }

  protected expiresAt(ttl: number | 'none' | 'keep', slot: Slot | undefined): number {
    if (ttl === 'keep') return slot?.expiresAt ?? Number.POSITIVE_INFINITY;
    return ttl === 'none' ? Number.POSITIVE_INFINITY : this.clock.now() + this.rounded(ttl);
  }

  protected rounded(ttl: number): number {
    return Math.ceil(ttl / RESOLUTION_MS) * RESOLUTION_MS;
  }

  protected incrementOne(increment: Increment): IncrementResult | KvError {
    const { key, by, ttlOnCreate } = increment;
    const slot = this.live(key);
    const current = slot ? this.parse(slot.value) : 0;
    if (typeof current !== 'number') return current;
    const next = current + by;
    if (!this.inBounds(next, increment)) return { value: current, applied: false };
    const value = new TextEncoder().encode(String(next));
    const ttl = slot ? 'keep' : (ttlOnCreate ?? 'none');
    this.apply({ type: 'put', key, condition: 'any', value, ttl });
    return { value: next, applied: true };
  }

  protected inBounds(next: number, { min, max }: Increment): boolean {
    return next >= min && next <= max;
  }

  protected parse(value: Uint8Array): number | KvError {
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(value);
    if (!DECIMAL.test(text)) return new KvError('NOT_AN_INTEGER', 'not a decimal integer');
    const number = Number(text);
    if (Number.isSafeInteger(number)) return number;
    return new KvError('OUT_OF_RANGE', 'beyond the safe integers');
  }
}

/** Lets calls that others have issued go first. */
export async function hop(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await Promise.resolve();
}
