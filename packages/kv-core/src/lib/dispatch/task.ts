import { abortedError } from '../abort/until-aborted.js';
import type {
  Entry,
  Increment,
  IncrementResult,
  MaybePromise,
  Write,
  WriteResult,
} from '../driver/driver.js';
import type { SortedRequest, SortedResult } from '../driver/sorted.js';
import { withKey } from '../errors/errors.js';
import { isKvError, type KvError } from '../errors/kv-error.js';
import type { MutateCommand, MutationState, MutationStep } from '../hooks/hook.js';

function named(error: unknown, key: string): unknown {
  return isKvError(error) ? withKey(error, key) : error;
}

/** What the value faces of all hooks come to, at the driver's key. */
export interface Transform {
  encode(value: Uint8Array, key: string): MaybePromise<Uint8Array>;
  decode(value: Uint8Array, key: string): MaybePromise<Uint8Array>;
}

/** One key of one command, from its issue until its caller has an answer. */
export abstract class Task {
  abstract readonly kind: 'read' | 'write' | 'increment' | 'mutate' | 'sorted' | 'hold';
  readonly key: string;
  /** The key as its caller calls it, for errors. */
  readonly name: string;
  readonly transform: Transform | undefined;
  /** Runs of tasks with the same word may be under way at the same time; without one, nothing beside it. */
  readonly beside: 'read' | 'sorted' | undefined = undefined;
  /** The next task of the lane. */
  next: Task | undefined = undefined;
  /** `performance.now()` by which it must be settled. */
  deadline = 0;
  /** Whether the driver has, or may have, what it asks for. */
  started = false;
  settled = false;
  #onSettled: (() => void) | undefined = undefined;

  /** Whether it can change nothing. */
  get asks(): boolean {
    return this.kind === 'read';
  }

  constructor(key: string, transform: Transform | undefined, name = key) {
    this.key = key;
    this.name = name;
    this.transform = transform;
  }

  /** Gives the caller its answer, once; later ones are dropped. */
  protected abstract answer(result: unknown): void;
  protected abstract refuse(error: unknown): void;

  settle(result: unknown): void {
    if (this.settled) return;
    this.settled = true;
    this.#onSettled?.();
    try {
      this.answer(result);
    } catch (error) {
      this.refuse(named(error, this.name));
    }
  }

  fail(error: unknown): void {
    if (this.settled) return;
    this.settled = true;
    this.#onSettled?.();
    this.refuse(named(error, this.name));
  }

  /** Aborts when the signal fires, until the caller has its answer. */
  obey(signal: AbortSignal): void {
    const abort = (): void => this.abort(signal);
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener('abort', abort, { once: true });
    this.#onSettled = () => signal.removeEventListener('abort', abort);
  }

  /** The caller has given up. What was sent may still happen. */
  abort(signal: AbortSignal): void {
    this.fail(abortedError(signal, this.started && !this.asks ? 'unknown' : 'none'));
  }
}

export class ReadTask<T> extends Task {
  readonly kind = 'read';
  override readonly beside = 'read';
  readonly ttl: boolean;
  /** The driver's answer to a call that has been made already. */
  underway: Promise<(Entry | undefined | KvError)[]> | undefined = undefined;
  readonly #finish: (entry: Entry | undefined) => T;
  readonly #resolve: (value: T) => void;
  readonly #reject: (error: unknown) => void;

  constructor(
    key: string,
    ttl: boolean,
    transform: Transform | undefined,
    finish: (entry: Entry | undefined) => T,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
    name?: string,
  ) {
    super(key, transform, name);
    this.ttl = ttl;
    this.#finish = finish;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  protected answer(entry: Entry | undefined): void {
    this.#resolve(this.#finish(entry));
  }

  protected refuse(error: unknown): void {
    this.#reject(error);
  }
}

/** The entry as the hooks' callers see it. */
export async function decodeEntry(entry: Entry, key: string, transform: Transform): Promise<Entry> {
  const value = await transform.decode(entry.value, key);
  return { value, version: entry.version, ttlMs: entry.ttlMs };
}

abstract class PromisedTask<T> extends Task {
  readonly #resolve: (value: T) => void;
  readonly #reject: (error: unknown) => void;

  constructor(
    key: string,
    transform: Transform | undefined,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
    name?: string,
  ) {
    super(key, transform, name);
    this.#resolve = resolve;
    this.#reject = reject;
  }

  protected answer(result: T): void {
    this.#resolve(result);
  }

  protected refuse(error: unknown): void {
    this.#reject(error);
  }
}

export class WriteTask<T> extends PromisedTask<T> {
  readonly kind = 'write';
  /** The driver's answer to a call that has been made already. */
  underway: Promise<(WriteResult | KvError)[]> | undefined = undefined;
  /** Once its run has started: as the driver gets it. */
  write: Write;
  readonly #finish: (result: WriteResult) => T;

  constructor(
    write: Write,
    transform: Transform | undefined,
    finish: (result: WriteResult) => T,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
    name?: string,
  ) {
    super(write.key, transform, resolve, reject, name);
    this.write = write;
    this.#finish = finish;
  }

  protected override answer(result: T): void {
    super.answer(this.#finish(result as WriteResult));
  }
}

export class IncrementTask<T = unknown> extends PromisedTask<T> {
  readonly kind = 'increment';
  readonly increment: Increment;
  readonly #finish: (result: IncrementResult) => T;

  constructor(
    increment: Increment,
    finish: (result: IncrementResult) => T,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
    name?: string,
  ) {
    super(increment.key, undefined, resolve, reject, name);
    this.increment = increment;
    this.#finish = finish;
  }

  protected override answer(result: T): void {
    super.answer(this.#finish(result as IncrementResult));
  }
}

/** A step on what is stored under a key. */
export abstract class Mutation extends PromisedTask<unknown> {
  readonly kind = 'mutate';
  readonly ttl: boolean;
  readonly idempotent: boolean;
  /** What the caller has read, to be tried before anything is read. */
  seen: Uint8Array | undefined = undefined;

  constructor(
    key: string,
    ttl: boolean,
    idempotent: boolean,
    transform: Transform | undefined,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
    name?: string,
  ) {
    super(key, transform, resolve, reject, name);
    this.ttl = ttl;
    this.idempotent = idempotent;
  }

  abstract step(state: MutationState): MutationStep;
}

export class MutateTask extends Mutation {
  readonly #step: MutateCommand['step'];

  constructor(
    { key, step, ttl, idempotent }: MutateCommand,
    transform: Transform | undefined,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
    name?: string,
  ) {
    super(key, ttl, idempotent, transform, resolve, reject, name);
    this.#step = step;
  }

  step(state: MutationState): MutationStep {
    return this.#step(state);
  }
}

/** A request to a sorted set that the driver keeps. */
export class SortedTask extends PromisedTask<SortedResult> {
  readonly kind = 'sorted';
  override readonly beside: 'sorted' | undefined;
  readonly request: SortedRequest;

  /** `pipelined`: the driver answers in the order of the requests, so that none has to wait for another. */
  constructor(
    request: SortedRequest,
    pipelined: boolean,
    resolve: (value: SortedResult) => void,
    reject: (error: unknown) => void,
  ) {
    super(request.set.key, undefined, resolve, reject);
    this.request = request;
    this.beside = pipelined ? 'sorted' : undefined;
  }

  override get asks(): boolean {
    return 'query' in this.request;
  }
}

/** Takes the key's turn without doing anything: its answer is the function that ends the turn. */
export class HoldTask extends PromisedTask<() => void> {
  readonly kind = 'hold';

  constructor(key: string, resolve: (end: () => void) => void, reject: (error: unknown) => void) {
    super(key, undefined, resolve, reject);
  }
}
