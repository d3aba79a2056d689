import type { Entry } from '@grovekv/kv-core/driver';
import type { Arg } from './arg.js';
import { versionOf, versionOfBytes } from './version.js';

/** Up to this size a receive buffer is kept whole by the values in it, as Node's own pool would be. */
const SMALL_CHUNK = 8 * 1024;

/** A stored value; its version is computed when asked for. */
export class RedisEntry implements Entry {
  readonly value: Uint8Array;
  readonly ttlMs: number | undefined;
  #version: string | undefined;

  /** `pttl` as Redis answers it: negative if the key never expires. */
  constructor(reply: Buffer, pttl?: number) {
    this.value = detach(reply);
    this.ttlMs = pttl === undefined || pttl < 0 ? undefined : Math.max(1, pttl);
  }

  get version(): string {
    this.#version ??= versionOfBytes(this.value);
    return this.#version;
  }
}

/** What became of a conditional put that applied. `value` is a copy: the caller's bytes may change. */
export class AppliedPut {
  readonly applied = true;
  readonly #value: Arg;

  constructor(value: Arg) {
    this.#value = value;
  }

  get version(): string {
    return versionOf(this.#value);
  }
}

/** The bytes of a reply, without keeping a large receive buffer alive for the sake of a small value. */
function detach(reply: Buffer): Uint8Array {
  const chunk = reply.buffer.byteLength;
  const own = chunk <= SMALL_CHUNK || reply.length * 2 >= chunk ? reply : Buffer.from(reply);
  return new Uint8Array(own.buffer, own.byteOffset, own.length);
}
