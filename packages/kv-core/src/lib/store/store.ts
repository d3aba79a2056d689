import type { Clock } from '../clock/clock.js';
import type { Codec } from '../codec/codec.js';
import type { Condition, Driver, DriverTraits, Version, WriteTtl } from '../driver/driver.js';
import type { Command, Hook } from '../hooks/hook.js';

/** What every verb takes. */
export interface CallOptions {
  /** Rejects the call with `ABORTED` when it fires. A write already sent may still happen. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of {@link Store.set}. */
export interface SetOptions extends CallOptions {
  /** Milliseconds to live, `'none'`, or `'keep'` what the key has. Default: the view's, else `'none'`. */
  readonly ttlMs?: WriteTtl | undefined;
  /** Writes only if this holds; otherwise the answer is `false`. */
  readonly if?: Condition | undefined;
}

/** Options of verbs that can demand a version. */
export interface ConditionOptions extends CallOptions {
  readonly if?: Condition | undefined;
}

/** Options of {@link Store.increment}. */
export interface IncrementOptions extends CallOptions {
  /** The result may not be smaller. Default: the smallest safe integer. */
  readonly min?: number | undefined;
  /** The result may not be larger. Default: the largest safe integer. */
  readonly max?: number | undefined;
  /** Milliseconds to live, given when this call creates the key. */
  readonly ttlMs?: number | undefined;
}

/** A value with what the store knows about it. */
export interface StoreEntry<T> {
  readonly value: T;
  /** For `if: { version }`. */
  readonly version: Version;
  /** Milliseconds left, `undefined` if it never expires. */
  readonly ttlMs: number | undefined;
}

/** What the function of {@link Store.update} is told besides the value. */
export interface UpdateContext {
  /** The store's clock, milliseconds since 1970. */
  readonly now: number;
  /** Milliseconds left by the driver's clock, if `withTtl` asked for it and the key expires. */
  readonly ttlMs: number | undefined;
}

/** What the function of {@link Store.update} decides. `result` is what `update` resolves with. */
export type Change<T, R> =
  | { readonly put: T; readonly ttlMs?: WriteTtl | undefined; readonly result: R }
  | { readonly delete: true; readonly result: R }
  | { readonly keep: true; readonly result: R };

/** Options of {@link Store.update}. */
export interface UpdateOptions<T = unknown> extends CallOptions {
  /**
   * Promise that the function recognises its own earlier effect in `current` (by a nonce in the record)
   * and keeps it. A write in doubt is then settled by running the function again, instead of an error.
   */
  readonly idempotent?: boolean | undefined;
  /**
   * Ask the driver for the time left, at the cost of a larger read on some. What another client's
   * `expire` has changed may not show yet: a version says nothing of the ttl.
   */
  readonly withTtl?: boolean | undefined;
  /**
   * The value as it was read a moment ago. Where a version can be told from a value (Redis), the function is
   * tried on it before anything is read, and what it puts is written if the key still holds that value: one
   * round trip instead of two. Elsewhere, and behind hooks that change bytes, it is not looked at.
   */
  readonly seen?: T | undefined;
}

/** One operation of {@link Store.batch} or {@link Store.atomic}. */
export type StoreWrite<T> =
  | {
      readonly type: 'set';
      readonly key: string;
      readonly value: T;
      readonly ttlMs?: WriteTtl | undefined;
      readonly if?: Condition | undefined;
    }
  | { readonly type: 'delete'; readonly key: string; readonly if?: Condition | undefined }
  | {
      readonly type: 'expire';
      readonly key: string;
      readonly ttlMs: number | 'none';
      readonly if?: Condition | undefined;
    };

/** A condition of {@link Store.atomic} on a key. */
export interface StoreCheck {
  readonly key: string;
  readonly if: Exclude<Condition, 'any'>;
}

/** Options of {@link Store.keys}. */
export interface KeysOptions extends CallOptions {
  /** Literal prefix. Default: all keys of the view. */
  readonly prefix?: string | undefined;
  /** Keys fetched per request. Default 500. */
  readonly pageSize?: number | undefined;
}

/** What {@link Store.with} can change. */
export interface ViewOptions<V> {
  readonly codec?: Codec<V> | undefined;
  /** Added outside the hooks that the store has: they see each command first. */
  readonly hooks?: readonly Hook[] | undefined;
  /** Default time to live of `set` and of what `update` and `increment` create. */
  readonly ttlMs?: number | undefined;
}

/** How a verb runs on this store. */
export interface Explanation {
  readonly verb: Command['verb'];
  /** `native`: one operation of the driver. `local`: inside the driver's transaction in this process.
   * `portable`: read and compare-and-swap. `unsupported`: it throws `NOT_SUPPORTED`. */
  readonly via: 'native' | 'local' | 'portable' | 'unsupported';
  /** Why, in a sentence. */
  readonly reason: string;
}

/**
 * A key-value store: typed verbs over bytes on any driver. Values of `V` pass through the codec; the
 * default store takes whatever JSON can hold. Missing is `undefined`, an unmet condition is `false`;
 * everything else that goes wrong rejects with a `KvError`. Two calls on the same key, issued one after
 * the other, take effect in that order, awaited or not. Views made by `namespace` and `with` share the
 * driver and are cheap.
 */
export interface Store<V = unknown> extends AsyncDisposable {
  /** The value, or `undefined`. Calls of one tick share one request. */
  get<T extends V = V>(key: string, options?: CallOptions): Promise<T | undefined>;
  /** The value with its version and time left. One request, a larger one on some drivers. */
  getEntry<T extends V = V>(key: string, options?: CallOptions): Promise<StoreEntry<T> | undefined>;
  /** The values in the order of the keys. One request, chunked by the driver's limits. */
  getMany<T extends V = V>(
    keys: readonly string[],
    options?: CallOptions,
  ): Promise<(T | undefined)[]>;
  /** Whether the key is there. */
  has(key: string, options?: CallOptions): Promise<boolean>;
  /** Stores; `false` if the condition was not met. */
  set(key: string, value: V, options?: SetOptions): Promise<boolean>;
  /** Stores each pair by itself; of a key named twice the last wins. Answers in order. */
  setMany(
    entries: Iterable<readonly [key: string, value: V]>,
    options?: SetOptions,
  ): Promise<boolean[]>;
  /** Removes; `false` if it was not there or the condition was not met. */
  delete(key: string, options?: ConditionOptions): Promise<boolean>;
  /** Removes each; answers how many were there. */
  deleteMany(keys: readonly string[], options?: CallOptions): Promise<number>;
  /** Milliseconds left; `Infinity` if it never expires, `undefined` if it is not there. */
  ttl(key: string, options?: CallOptions): Promise<number | undefined>;
  /** Sets the time to live; `false` if the key is not there or the condition was not met. */
  expire(key: string, ttlMs: number, options?: ConditionOptions): Promise<boolean>;
  /** Removes the time to live; `false` if the key is not there. */
  persist(key: string, options?: ConditionOptions): Promise<boolean>;
  /**
   * Adds `by` (default 1) to a decimal counter, an absent one counting as 0. Outside `min` and `max`
   * nothing changes and `applied` is `false`. Concurrent calls on a key are combined. Without bounds of
   * its own, a result outside the safe integers rejects with `OUT_OF_RANGE`.
   */
  increment(
    key: string,
    by?: number,
    options?: IncrementOptions,
  ): Promise<{ readonly value: number; readonly applied: boolean }>;
  /**
   * Reads, decides and writes one key atomically, on every driver. `fn` is pure and synchronous: it may
   * run several times. Concurrent calls on a key are folded into one write. `ttlMs` of a put defaults to
   * `'keep'`. Rejects with `CONTENTION` after many lost races, and with `outcome: 'unknown'` if the
   * write is in doubt and the call is not `idempotent`. One or two round trips uncontended.
   */
  update<T extends V, R>(
    key: string,
    fn: (current: T | undefined, context: UpdateContext) => Change<T, R>,
    options?: UpdateOptions<T>,
  ): Promise<R>;
  /** Lists keys; in the order of their UTF-8 bytes if `capabilities.scan` is `ordered`. */
  keys(options?: KeysOptions): AsyncIterableIterator<string>;
  /** Does several writes, each by itself, in one request. Answers in order whether each applied. */
  batch(writes: readonly StoreWrite<V>[], options?: CallOptions): Promise<boolean[]>;
  /** All writes or none; `false` if any condition was not met. Rejects with `NOT_SUPPORTED` where the
   * driver has no commit. */
  atomic(
    operation: {
      readonly checks?: readonly StoreCheck[] | undefined;
      readonly writes: readonly StoreWrite<V>[];
    },
    options?: CallOptions,
  ): Promise<boolean>;
  /** Asks the server for an answer; resolves with the milliseconds it took. */
  ping(options?: CallOptions): Promise<number>;
  /** Refuses new calls, waits (bounded) for those in flight, closes the driver. Idempotent. */
  close(): Promise<void>;

  /** A view in which every key is under `prefix`; siblings can never reach each other's keys. */
  namespace(prefix: string): Store<V>;
  /** A view with another codec, more hooks, or a default time to live. */
  with<W = V>(options: ViewOptions<W>): Store<W>;
  /** A view on the stored bytes: hooks apply, no codec. */
  readonly raw: Store<Uint8Array>;
  /** What the driver is and can. */
  readonly capabilities: DriverTraits;
  /** How a verb runs here: natively, or by which portable way and why. */
  explain(verb: Command['verb']): Explanation;
  /** The clock that extensions use unless they are given another. */
  readonly clock: Clock;
}

/** Options of `createStore`. */
export interface StoreOptions<V = unknown> extends ViewOptions<V> {
  readonly driver: Driver;
  /** Every call settles within this many milliseconds. Default 5,000. */
  readonly timeoutMs?: number | undefined;
  /** Default: the driver's, else the system's. */
  readonly clock?: Clock | undefined;
}
