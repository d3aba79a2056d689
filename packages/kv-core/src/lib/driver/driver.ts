import type { Clock } from '../clock/clock.js';
import type { KvError } from '../errors/kv-error.js';
import type { SortedRequest, SortedResult } from './sorted.js';

/** A value now, or a promise of it. A driver that answers from memory returns the value itself. */
export type MaybePromise<T> = T | Promise<T>;

/**
 * Says "the stored state is still the one you read". Opaque outside the driver: a server token, a
 * number as text, or a digest of the bytes. A version may stay the same when only the ttl changes.
 */
export type Version = string;

/** What is stored under a key. */
export interface Entry {
  /** The stored bytes. Nobody changes them: not the receiver, nor a driver that reuses a buffer. */
  readonly value: Uint8Array;
  /** May be computed when first read (a getter). */
  readonly version: Version;
  /** Milliseconds left by the driver's clock; `undefined` if it never expires or was not asked for. */
  readonly ttlMs?: number | undefined;
}

/** When a write applies. `{ version }` demands that this very version is stored. */
export type Condition = 'any' | 'absent' | 'present' | { readonly version: Version };

/** Milliseconds to live (a positive integer), `none` for ever, `keep` what the key has now. */
export type WriteTtl = number | 'none' | 'keep';

/** Stores bytes. `keep` on an absent key means `none`. */
export interface PutWrite {
  readonly type: 'put';
  readonly key: string;
  readonly condition: Condition;
  readonly value: Uint8Array;
  readonly ttl: WriteTtl;
}

/** Changes only the time to live; never creates. On an absent key it does not apply. */
export interface TouchWrite {
  readonly type: 'touch';
  readonly key: string;
  readonly condition: Condition;
  readonly ttl: number | 'none';
}

/** Removes the key. With condition `any` it applies on an absent key too. */
export interface DeleteWrite {
  readonly type: 'delete';
  readonly key: string;
  readonly condition: Condition;
}

/** One change of one key. */
export type Write = PutWrite | TouchWrite | DeleteWrite;

/**
 * What became of a write. `version` is that of the entry now stored, if the driver knows it without
 * another request. A conflict carries `current` if the server told it, with its time left: `{ entry:
 * undefined }` says that the key is absent, no `current` says that the driver does not know.
 */
export type WriteResult =
  | { readonly applied: true; readonly version?: Version | undefined }
  | {
      readonly applied: false;
      readonly current?: { readonly entry: Entry | undefined } | undefined;
    };

/** A bounded addition to a counter kept as decimal text; an absent key counts as 0. */
export interface Increment {
  readonly key: string;
  /** A safe integer. */
  readonly by: number;
  /** The result must lie in [min, max], safe integers both; else nothing changes. */
  readonly min: number;
  readonly max: number;
  /** Time to live given to the key if this creates it; otherwise its ttl stays. */
  readonly ttlOnCreate?: number | undefined;
}

/** `value` is the new value if applied, else the one that stands. */
export interface IncrementResult {
  readonly value: number;
  readonly applied: boolean;
}

/** A pure function on one entry, run inside the driver's own transaction. */
export interface LocalMutation {
  readonly key: string;
  /** Returns what to store, or `undefined` to leave all as it is. May run again if the transaction does. */
  apply(current: Entry | undefined): PutWrite | DeleteWrite | undefined;
}

/** A condition on a key that `commit` does not write. */
export interface Check {
  readonly key: string;
  readonly condition: Exclude<Condition, 'any'>;
}

/** Asks for a page of keys. */
export interface ScanRequest {
  /** Literal; may be empty. */
  readonly prefix: string;
  /** From the page before; `undefined` starts. */
  readonly cursor?: string | undefined;
  /** About how many keys to return, at least 1. */
  readonly limit: number;
}

/** A page may be empty though more follow; the scan ends when `cursor` is `undefined`. */
export interface ScanPage {
  readonly keys: readonly string[];
  readonly cursor?: string | undefined;
}

/** What the store tells a driver about a call. */
export interface DriverCall {
  /** The caller stops waiting after this; a driver should settle, and free what it holds, by then. */
  readonly timeoutMs: number;
}

/** What a driver is and can, as data: the dispatcher, the types and the conformance suite read it. */
export interface DriverTraits {
  readonly name: string;
  /** How late a key may expire at most, in milliseconds. It never expires early. */
  readonly ttlResolutionMs: number;
  /** Whose clock expires keys. */
  readonly expiryClock: 'server' | 'client';
  readonly maxKeyBytes: number;
  readonly maxValueBytes: number;
  /** `ordered`: by the bytes of the keys in UTF-8, which is the order of code points. */
  readonly scan: 'none' | 'unordered' | 'ordered';
  /** `slot`: only keys that share a hash tag `{…}` or the whole server has one slot. */
  readonly commit: false | { readonly maxOperations: number; readonly scope: 'any' | 'slot' };
  /** `volatile`: the server may drop any key when it likes. */
  readonly durability: 'durable' | 'volatile';
  /** Whether several processes can use one database at the same time. */
  readonly shared: boolean;
  /**
   * Calls that answer with a value, not a promise, whenever they can: single ones are made at once, since
   * there is nothing to gain by batching them.
   */
  readonly synchronous?: readonly ('get' | 'write')[] | undefined;
  /**
   * Calls that are under way together are answered one after the other: a large batch is then handed over
   * in pieces, so that the callers of one get on while the server, or the disk, works on the next.
   * `conditional`: only writes with a condition are, since each of them is a request of its own; all else is
   * better off in large batches.
   */
  readonly pipelined?: boolean | 'conditional' | undefined;
}

/**
 * What a driver supplies: bytes in, bytes out. Keys are non-empty well-formed strings within
 * `maxKeyBytes`; the keys of one call are distinct, the list is never empty, and may be long: chunk it.
 *
 * A failure of one item stands in its place as a {@link KvError}; a rejection (or throw) fails the whole
 * call. Errors are `KvError`s that say with `outcome` whether a write may have happened. A driver never
 * sends a write a second time by itself unless it knows that the first was not applied. Bytes are
 * immutable once they have been handed over, in either direction, so neither side needs to copy them.
 *
 * Connecting happens once, at the first call, shared by concurrent first calls, and is tried anew by a
 * later call if it failed. Every call settles within its `timeoutMs`, and rejects with `CLOSED` after
 * `close()`.
 */
export interface Driver {
  /** Version of this contract. */
  readonly contract: 1;
  readonly traits: DriverTraits;
  /** The clock by which a driver with `expiryClock: 'client'` expires keys, if it is not the system's. */
  readonly clock?: Clock | undefined;

  /** Reads. `ttl` says whether `Entry.ttlMs` is wanted. Linearizable for each key. */
  get(
    keys: readonly string[],
    call: DriverCall & { readonly ttl: boolean },
  ): MaybePromise<(Entry | undefined | KvError)[]>;

  /** Each write is independent and linearizable. Results in the order of `writes`. */
  write(writes: readonly Write[], call: DriverCall): MaybePromise<(WriteResult | KvError)[]>;

  /** The version of a key that holds these bytes, where versions say nothing but what the bytes are. */
  versionOf?(value: Uint8Array): Version;

  /** Idempotent. Waits, bounded, for what is in flight. A client that was injected stays open. */
  close(): Promise<void>;

  /** Atomic bounded addition. Portable form: a compare-and-swap on decimal text. */
  increment?(
    increments: readonly Increment[],
    call: DriverCall,
  ): MaybePromise<(IncrementResult | KvError)[]>;

  /** Runs functions on entries in one local transaction. Portable form: read and compare-and-swap. */
  mutate?(
    mutations: readonly LocalMutation[],
    call: DriverCall,
  ): MaybePromise<(undefined | KvError)[]>;

  /** All or nothing over several keys; `false` if a condition was not met. No portable form. */
  commit?(
    checks: readonly Check[],
    writes: readonly Write[],
    call: DriverCall,
  ): MaybePromise<boolean>;

  /**
   * Changes and reads sets of members ordered by score, each request atomic by itself, those of one set in
   * their order; of a pipelined driver also those of later calls, which do not wait for earlier ones. A
   * place that holds a portable set, or anything else, is `WRONG_TYPE` and stays as it is.
   * Portable form: a counted B+tree.
   */
  sortedSet?(
    requests: readonly SortedRequest[],
    call: DriverCall,
  ): MaybePromise<(SortedResult | KvError)[]>;

  /** Lists keys page by page. No portable form. */
  scan?(request: ScanRequest, call: DriverCall): MaybePromise<ScanPage>;
}
