import { type Entry, KvError } from '@grovekv/kv-core/driver';
import type { Reply } from './protocol.js';
import { toVersion } from './version.js';

/** A stored value; its version becomes text only when asked for. */
export class MemcachedEntry implements Entry {
  readonly value: Uint8Array;
  readonly expiresAt: number | undefined;
  readonly ttlMs: number | undefined;
  readonly #casHigh: number;
  readonly #casLow: number;
  readonly #run: string;

  private constructor(
    value: Uint8Array,
    expiresAt: number | undefined,
    casHigh: number,
    casLow: number,
    run: string,
    now: number,
  ) {
    this.value = value;
    this.expiresAt = expiresAt;
    // What the server still has is there, however little time it has left.
    this.ttlMs = expiresAt === undefined ? undefined : Math.max(1, expiresAt - now);
    this.#casHigh = casHigh;
    this.#casLow = casLow;
    this.#run = run;
  }

  static from(reply: Reply, run: string, now: number): MemcachedEntry | KvError {
    const content = reply.content();
    if (!content) {
      return new KvError('CORRUPT_VALUE', 'the item is marked as one of Grove KV and is not');
    }
    const { value, expiresAt } = content;
    return new MemcachedEntry(value, expiresAt, reply.casHigh, reply.casLow, run, now);
  }

  get cas(): bigint {
    return (BigInt(this.#casHigh) << 32n) | BigInt(this.#casLow);
  }

  get version(): string {
    return toVersion(this.cas, this.#run, this.expiresAt);
  }
}
