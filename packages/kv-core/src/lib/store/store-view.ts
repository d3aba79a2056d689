import type { Clock } from '../clock/clock.js';
import { bytes } from '../codec/bytes.js';
import type { Codec } from '../codec/codec.js';
import type { DriverTraits, Entry, IncrementResult, Write } from '../driver/driver.js';
import { KvError } from '../errors/kv-error.js';
import type { Command, Next } from '../hooks/hook.js';
import { namespace } from '../hooks/namespace.js';
import { createPipeline, type Pipeline } from '../pipeline/pipeline.js';
import { checkKey, checkTtl } from './arguments.js';
import { explain } from './explain.js';
import { listKeys } from './list-keys.js';
import { mutateStep, resultOf, UpdateFunction } from './mutate-step.js';
import { SEND, type Sending } from './send-command.js';
import type {
  CallOptions,
  Change,
  ConditionOptions,
  Explanation,
  IncrementOptions,
  KeysOptions,
  SetOptions,
  Store,
  StoreCheck,
  StoreEntry,
  StoreWrite,
  UpdateContext,
  UpdateOptions,
  ViewOptions,
} from './store.js';
import { runUpdate } from './update-task.js';
import { ValueCoder } from './value-coder.js';
import type { ViewParts } from './view-parts.js';
import {
  additionOf,
  checkDistinct,
  checkOf,
  deleteOf,
  putOf,
  touchOf,
  wasApplied,
  writeOf,
} from './writes.js';

/** Read by `ping`, never written. */
const PING_KEY = '\0ping';

/** The {@link Store}: checks arguments, codes values, and hands commands to the pipeline. */
export class StoreView<V> implements Store<V>, Sending {
  readonly clock: Clock;
  readonly #parts: ViewParts<V>;
  readonly #pipeline: Pipeline;
  readonly #coder: ValueCoder<V>;
  #raw: Store<Uint8Array> | undefined;

  constructor(parts: ViewParts<V>) {
    this.clock = parts.clock;
    this.#parts = parts;
    this.#pipeline = createPipeline(parts.hooks, parts.dispatcher);
    this.#coder = new ValueCoder(parts.codec);
  }

  get<T extends V = V>(key: string, options?: CallOptions): Promise<T | undefined> {
    return this.#read(key, false, options, (entry) =>
      entry === undefined ? undefined : (this.#coder.decode(entry.value, key) as T),
    );
  }

  getEntry<T extends V = V>(
    key: string,
    options?: CallOptions,
  ): Promise<StoreEntry<T> | undefined> {
    return this.#read(key, true, options, (entry) => {
      if (entry === undefined) return undefined;
      const value = this.#coder.decode(entry.value, key) as T;
      return { value, version: entry.version, ttlMs: entry.ttlMs };
    });
  }

  async getMany<T extends V = V>(
    keys: readonly string[],
    options?: CallOptions,
  ): Promise<(T | undefined)[]> {
    for (const key of keys) checkKey(key);
    if (keys.length === 0) return [];
    const command = { verb: 'get', keys: [...keys], ttl: false, signal: options?.signal } as const;
    const entries = await this.#pipeline.run(command);
    return entries.map((entry, index) =>
      entry === undefined ? undefined : (this.#coder.decode(entry.value, keys[index]!) as T),
    );
  }

  has(key: string, options?: CallOptions): Promise<boolean> {
    return this.#read(key, false, options, (entry) => entry !== undefined);
  }

  set(key: string, value: V, options?: SetOptions): Promise<boolean> {
    try {
      const write = putOf(key, value, options, this.#coder, this.#parts.ttlMs);
      return this.#write(write, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async setMany(
    entries: Iterable<readonly [key: string, value: V]>,
    options?: SetOptions,
  ): Promise<boolean[]> {
    const { ttlMs } = this.#parts;
    const writes = Array.from(entries, ([key, value]) =>
      putOf(key, value, options, this.#coder, ttlMs),
    );
    return this.#writes(writes, options);
  }

  async delete(key: string, options?: ConditionOptions): Promise<boolean> {
    return this.#write(deleteOf(key, options), options);
  }

  async deleteMany(keys: readonly string[], options?: CallOptions): Promise<number> {
    const applied = await this.#writes(
      keys.map((key) => deleteOf(key, undefined)),
      options,
    );
    return applied.filter(Boolean).length;
  }

  ttl(key: string, options?: CallOptions): Promise<number | undefined> {
    return this.#read(key, true, options, (entry) =>
      entry === undefined ? undefined : (entry.ttlMs ?? Number.POSITIVE_INFINITY),
    );
  }

  async expire(key: string, ttlMs: number, options?: ConditionOptions): Promise<boolean> {
    return this.#write(touchOf(key, checkTtl(ttlMs, key), options), options);
  }

  async persist(key: string, options?: ConditionOptions): Promise<boolean> {
    return this.#write(touchOf(key, 'none', options), options);
  }

  increment(
    key: string,
    by = 1,
    options: IncrementOptions = {},
  ): Promise<{ readonly value: number; readonly applied: boolean }> {
    const { min, max, signal } = options;
    const { place, run, transform } = this.#pipeline;
    try {
      const increment = additionOf(key, by, options, this.#parts.ttlMs, place);
      // Without bounds of the caller's, only the safe integers can have refused the sum.
      const bounded = min !== undefined || max !== undefined;
      const finish = (result: IncrementResult): IncrementResult => {
        if (bounded || result.applied) return result;
        throw new KvError('OUT_OF_RANGE', 'the sum is beyond the safe integers', { key });
      };
      if (!place) return run({ verb: 'increment', increment, signal }).then(finish);
      return this.#parts.dispatcher.increment(increment, transform, finish, signal, key);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  update<T extends V, R>(
    key: string,
    fn: (current: T | undefined, context: UpdateContext) => Change<T, R>,
    options: UpdateOptions<T> = {},
  ): Promise<R> {
    const { place, run, transform } = this.#pipeline;
    let at = key;
    try {
      checkKey(key);
      if (place) at = place(key);
    } catch (error) {
      return Promise.reject(error);
    }
    const update = new UpdateFunction(key, fn, this.#coder, this.clock, this.#parts.ttlMs);
    if (place) return runUpdate(this.#parts.dispatcher, at, update, options, transform);
    const { idempotent = false, withTtl: ttl = false, signal } = options;
    const step = mutateStep(update);
    return run({ verb: 'mutate', key, step, ttl, idempotent, signal }).then<R>(resultOf);
  }

  keys(options: KeysOptions = {}): AsyncIterableIterator<string> {
    return listKeys(this.#pipeline.run, options);
  }

  async batch(writes: readonly StoreWrite<V>[], options?: CallOptions): Promise<boolean[]> {
    return this.#writes(
      writes.map((write) => writeOf(write, this.#coder, this.#parts.ttlMs)),
      options,
    );
  }

  async atomic(
    operation: {
      readonly checks?: readonly StoreCheck[] | undefined;
      readonly writes: readonly StoreWrite<V>[];
    },
    options?: CallOptions,
  ): Promise<boolean> {
    const checks = (operation.checks ?? []).map(checkOf);
    const writes = operation.writes.map((write) => writeOf(write, this.#coder, this.#parts.ttlMs));
    if (checks.length + writes.length === 0) return true;
    checkDistinct([...checks, ...writes]);
    return this.#pipeline.run({ verb: 'commit', checks, writes, signal: options?.signal });
  }

  async ping(options?: CallOptions): Promise<number> {
    const startedAt = performance.now();
    // Asked for with its ttl, it comes from no cache.
    await this.#read(PING_KEY, true, options, () => undefined);
    return performance.now() - startedAt;
  }

  close(): Promise<void> {
    return this.#parts.dispatcher.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  namespace(prefix: string): Store<V> {
    return this.with({ hooks: [namespace(prefix)] });
  }

  with<W = V>(options: ViewOptions<W>): Store<W> {
    const { hooks = [], codec, ttlMs } = options;
    return new StoreView<W>({
      ...this.#parts,
      hooks: [...hooks, ...this.#parts.hooks],
      codec: codec ?? (this.#parts.codec as unknown as Codec<W>),
      ttlMs: ttlMs === undefined ? this.#parts.ttlMs : checkTtl(ttlMs),
    });
  }

  get raw(): Store<Uint8Array> {
    this.#raw ??= this.with({ codec: bytes() });
    return this.#raw;
  }

  get capabilities(): DriverTraits {
    return this.#parts.dispatcher.driver.traits;
  }

  explain(verb: Command['verb']): Explanation {
    return explain(verb, this.#parts.dispatcher, this.#pipeline.transform, this.#parts.hooks);
  }

  get [SEND](): Next {
    return this.#pipeline.run;
  }

  #read<T>(
    key: string,
    ttl: boolean,
    options: CallOptions | undefined,
    finish: (entry: Entry | undefined) => T,
  ): Promise<T> {
    const { place, run, transform } = this.#pipeline;
    const signal = options?.signal;
    let at = key;
    try {
      checkKey(key);
      if (place) at = place(key);
    } catch (error) {
      return Promise.reject(error);
    }
    if (!place) {
      return run({ verb: 'get', keys: [key], ttl, signal }).then(([entry]) => finish(entry));
    }
    return this.#parts.dispatcher.read(at, ttl, transform, finish, signal, key);
  }

  #write(write: Write, options: CallOptions | undefined): Promise<boolean> {
    const { place, run, transform } = this.#pipeline;
    const signal = options?.signal;
    if (!place) {
      const command = { verb: 'write', writes: [write], signal } as const;
      return run(command).then(([result]) => wasApplied(result!));
    }
    const { key } = write;
    const at = place(key);
    const placed = at === key ? write : { ...write, key: at };
    return this.#parts.dispatcher.write(placed, transform, wasApplied, signal, key);
  }

  async #writes(writes: readonly Write[], options: CallOptions | undefined): Promise<boolean[]> {
    if (writes.length === 0) return [];
    const results = await this.#pipeline.run({ verb: 'write', writes, signal: options?.signal });
    return results.map(wasApplied);
  }
}
