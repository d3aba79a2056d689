import { type Clock, systemClock } from '../clock/clock.js';
import { compareKeys } from '../driver/compare-keys.js';
import type {
  Check,
  Condition,
  Driver,
  Entry,
  LocalMutation,
  ScanPage,
  ScanRequest,
  Write,
  WriteResult,
} from '../driver/driver.js';
import { closedError, toKvError } from '../errors/errors.js';
import type { KvError } from '../errors/kv-error.js';

/** Options of {@link memoryDriver}. */
export interface MemoryDriverOptions {
  /** Expires keys. Default: the system's. */
  readonly clock?: Clock | undefined;
  /** Default 1 MiB. */
  readonly maxValueBytes?: number | undefined;
  /** Default 64 KiB. */
  readonly maxKeyBytes?: number | undefined;
}

interface Slot {
  readonly value: Uint8Array;
  readonly version: number;
  readonly expiresAt: number;
}

/** Every write looks at this many other keys for expired ones, so that none stays for ever. */
const SWEPT_PER_WRITE = 2;

/**
 * Keeps everything in this process: for tests, development, and caches that may be lost. Each driver is
 * a database of its own. Answers at once, expires by an injectable clock, lists keys in order; the first
 * page of a listing after a change of keys sorts them all.
 */
export function memoryDriver(options: MemoryDriverOptions = {}): Driver {
  return new MemoryDriver(options);
}

class MemoryDriver implements Driver {
  readonly contract = 1;
  readonly clock: Clock;
  readonly traits;
  readonly #slots = new Map<string, Slot>();
  #versions = 0;
  #sorted: string[] | undefined;
  #sweep: Iterator<[string, Slot]> | undefined;
  #closed = false;

  constructor({ clock = systemClock, maxValueBytes, maxKeyBytes }: MemoryDriverOptions) {
    this.clock = clock;
    this.traits = {
      name: 'memory',
      ttlResolutionMs: 1,
      expiryClock: 'client',
      maxKeyBytes: maxKeyBytes ?? 64 * 1024,
      maxValueBytes: maxValueBytes ?? 1024 * 1024,
      scan: 'ordered',
      commit: { maxOperations: 10_000, scope: 'any' },
      durability: 'volatile',
      shared: false,
      synchronous: ['get', 'write'],
    } as const;
  }

  get(keys: readonly string[]): (Entry | undefined)[] {
    this.#refuseIfClosed();
    const now = this.clock.now();
    if (keys.length === 1) return [this.#entry(keys[0]!, now)];
    return keys.map((key) => this.#entry(key, now));
  }

  write(writes: readonly Write[]): WriteResult[] {
    this.#refuseIfClosed();
    const now = this.clock.now();
    if (writes.length === 1) return [this.#write(writes[0]!, now)];
    return writes.map((write) => this.#write(write, now));
  }

  mutate(mutations: readonly LocalMutation[]): (undefined | KvError)[] {
    this.#refuseIfClosed();
    const now = this.clock.now();
    return mutations.map(({ key, apply }) => {
      try {
        const write = apply(this.#entry(key, now));
        if (write) this.#write(write, now);
        return undefined;
      } catch (error) {
        return toKvError(error, 'none', key);
      }
    });
  }

  commit(checks: readonly Check[], writes: readonly Write[]): boolean {
    this.#refuseIfClosed();
    const now = this.clock.now();
    const holds = ({ key, condition }: { key: string; condition: Condition }): boolean =>
      meets(this.#live(key, now), condition);
    const touchable = writes.every(({ type, key }) => type !== 'touch' || this.#live(key, now));
    if (!touchable || !checks.every(holds) || !writes.every(holds)) return false;
    for (const write of writes) this.#apply(write, now);
    return true;
  }

  scan({ prefix, cursor, limit }: ScanRequest): ScanPage {
    this.#refuseIfClosed();
    const now = this.clock.now();
    this.#sorted ??= [...this.#slots.keys()].sort(compareKeys);
    const sorted = this.#sorted;
    const keys: string[] = [];
    let index = firstAfter(sorted, cursor, prefix);
    for (; index < sorted.length && keys.length < limit; index += 1) {
      const key = sorted[index]!;
      if (!key.startsWith(prefix)) return { keys };
      if (this.#live(key, now)) keys.push(key);
    }
    return index < sorted.length ? { keys, cursor: sorted[index - 1] } : { keys };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#slots.clear();
  }

  #refuseIfClosed(): void {
    if (this.#closed) throw closedError();
  }

  #live(key: string, now: number): Slot | undefined {
    const slot = this.#slots.get(key);
    if (!slot || slot.expiresAt > now) return slot;
    this.#remove(key);
    return undefined;
  }

  #entry(key: string, now: number): Entry | undefined {
    const slot = this.#live(key, now);
    return slot && new MemoryEntry(slot, now);
  }

  #write(write: Write, now: number): WriteResult {
    const slot = this.#live(write.key, now);
    const applies = meets(slot, write.condition) && (write.type !== 'touch' || slot !== undefined);
    if (!applies) return { applied: false, current: { entry: slot && new MemoryEntry(slot, now) } };
    const version = this.#apply(write, now);
    return { applied: true, version };
  }

  #apply(write: Write, now: number): string | undefined {
    const { key } = write;
    if (write.type === 'delete') {
      this.#remove(key);
      return undefined;
    }
    const slot = this.#slots.get(key);
    const expiresAt =
      write.ttl === 'keep'
        ? (slot?.expiresAt ?? Number.POSITIVE_INFINITY)
        : write.ttl === 'none'
          ? Number.POSITIVE_INFINITY
          : now + write.ttl;
    if (write.type === 'touch') {
      if (slot) this.#slots.set(key, { ...slot, expiresAt });
      return slot && String(slot.version);
    }
    this.#versions += 1;
    const version = this.#versions;
    this.#slots.set(key, { value: write.value, version, expiresAt });
    if (!slot) this.#sorted = undefined;
    this.#sweepSome(now);
    return String(version);
  }

  #remove(key: string): void {
    if (this.#slots.delete(key)) this.#sorted = undefined;
  }

  #sweepSome(now: number): void {
    this.#sweep ??= this.#slots.entries();
    for (let looked = 0; looked < SWEPT_PER_WRITE; looked += 1) {
      const next = this.#sweep.next();
      if (next.done) {
        this.#sweep = undefined;
        return;
      }
      const [key, slot] = next.value;
      if (slot.expiresAt <= now) this.#remove(key);
    }
  }
}

/** An entry whose version becomes text only when asked for. */
class MemoryEntry implements Entry {
  readonly value: Uint8Array;
  readonly ttlMs: number | undefined;
  readonly #version: number;

  constructor(slot: Slot, now: number) {
    this.value = slot.value;
    this.#version = slot.version;
    this.ttlMs = slot.expiresAt === Number.POSITIVE_INFINITY ? undefined : slot.expiresAt - now;
  }

  get version(): string {
    return String(this.#version);
  }
}

function meets(slot: Slot | undefined, condition: Condition): boolean {
  switch (condition) {
    case 'any':
      return true;
    case 'absent':
      return slot === undefined;
    case 'present':
      return slot !== undefined;
    default:
      return slot !== undefined && String(slot.version) === condition.version;
  }
}

function firstAfter(sorted: readonly string[], cursor: string | undefined, prefix: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const key = sorted[middle]!;
    const before =
      cursor === undefined ? compareKeys(key, prefix) < 0 : compareKeys(key, cursor) <= 0;
    if (before) low = middle + 1;
    else high = middle;
  }
  return low;
}
