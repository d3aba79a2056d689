import { abortedError, untilAborted } from '../abort/until-aborted.js';
import type {
  Driver,
  Entry,
  Increment,
  IncrementResult,
  MaybePromise,
  ScanPage,
  Write,
  WriteResult,
} from '../driver/driver.js';
import { closedError, notSupported, withOutcome } from '../errors/errors.js';
import type { KvError } from '../errors/kv-error.js';
import type { Command, CommandResults, ResultOf, ScanCommand } from '../hooks/hook.js';
import { answered, refused } from './at-once.js';
import { Batcher } from './batcher.js';
import { checkKeySize, checkWriteSizes } from './check-sizes.js';
import { commitInTurn } from './commit.js';
import { Hints } from './hints.js';
import { incrementStep } from './increments.js';
import { isPromise } from './is-promise.js';
import { Lanes } from './lanes.js';
import { belongsToRun, mutateRoute, startRun } from './runs.js';
import {
  IncrementTask,
  MutateTask,
  ReadTask,
  SortedTask,
  type Task,
  type Transform,
  WriteTask,
} from './task.js';

/** Brings commands to the driver: in order for each key, combined where they meet, batched by tick. */
export class Dispatcher {
  readonly driver: Driver;
  readonly timeoutMs: number;
  readonly #batcher: Batcher;
  readonly #lanes: Lanes;
  readonly #readsAtOnce: boolean;
  readonly #writesAtOnce: boolean;
  #closing: Promise<void> | undefined;

  constructor(driver: Driver, timeoutMs: number) {
    this.driver = driver;
    this.timeoutMs = timeoutMs;
    this.#batcher = new Batcher(driver, timeoutMs);
    this.#readsAtOnce = driver.traits.synchronous?.includes('get') === true;
    this.#writesAtOnce = driver.traits.synchronous?.includes('write') === true;
    const host = { driver, batcher: this.#batcher, hints: new Hints() };
    this.#lanes = new Lanes(
      timeoutMs,
      (run, release) => startRun(run, release, host),
      belongsToRun,
      this.#batcher.inOneBatch,
    );
  }

  /** Reads one key and answers with what `finish` makes of the entry. Errors call the key `name`. */
  read<T>(
    key: string,
    ttl: boolean,
    transform: Transform | undefined,
    finish: (entry: Entry | undefined) => T,
    signal?: AbortSignal,
    name = key,
  ): Promise<T> {
    if (!this.#readsAtOnce || !this.#free(key, transform, signal)) {
      return this.#readInTurn(key, ttl, transform, finish, signal, name);
    }
    let answer: MaybePromise<(Entry | undefined | KvError)[]>;
    try {
      checkKeySize(key, this.driver.traits.maxKeyBytes);
      answer = this.driver.get([key], { timeoutMs: this.timeoutMs, ttl });
    } catch (error) {
      return refused(error, 'none', name);
    }
    if (!isPromise(answer)) return answered(answer, finish, 'none', name);
    return this.#readInTurn(key, ttl, transform, finish, signal, name, answer);
  }

  /** Writes one key and answers with what `finish` makes of the result. */
  write<T>(
    write: Write,
    transform: Transform | undefined,
    finish: (result: WriteResult) => T,
    signal?: AbortSignal,
    name = write.key,
  ): Promise<T> {
    if (!this.#writesAtOnce || !this.#free(write.key, transform, signal)) {
      return this.#writeInTurn(write, transform, finish, signal, name);
    }
    let answer: MaybePromise<(WriteResult | KvError)[]>;
    try {
      checkWriteSizes(write, transform, this.driver.traits);
      answer = this.driver.write([write], { timeoutMs: this.timeoutMs });
    } catch (error) {
      return refused(error, 'unknown', name);
    }
    if (!isPromise(answer)) return answered(answer, finish, 'unknown', name);
    return this.#writeInTurn(write, transform, finish, signal, name, answer);
  }

  /** Adds to one key and answers with what `finish` makes of the result. */
  increment<T>(
    increment: Increment,
    transform: Transform | undefined,
    finish: (result: IncrementResult) => T,
    signal?: AbortSignal,
    name = increment.key,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.incrementRoute(transform) === 'native') {
        this.submit(new IncrementTask(increment, finish, resolve, reject, name), signal);
        return;
      }
      const step = incrementStep(increment);
      const { key } = increment;
      const mutation = { verb: 'mutate', key, step, ttl: false, idempotent: false } as const;
      const settle = (result: unknown): void => resolve(finish(result as IncrementResult));
      this.submit(new MutateTask(mutation, transform, settle, reject, name), signal);
    });
  }

  /** Takes a task in, or refuses it if it cannot be done. */
  submit(task: Task, signal?: AbortSignal): void {
    try {
      if (this.#closing) throw closedError(task.key);
      checkKeySize(task.key, this.driver.traits.maxKeyBytes);
    } catch (error) {
      task.fail(error);
      return;
    }
    if (signal) task.obey(signal);
    if (!task.settled) this.#lanes.submit(task);
  }

  /** Runs any command. */
  run<C extends Command>(command: C, transform: Transform | undefined): Promise<ResultOf<C>> {
    return this.#run(command, transform) as Promise<ResultOf<C>>;
  }

  /** How an increment reaches the driver. */
  incrementRoute(transform: Transform | undefined): 'native' | 'local' | 'portable' {
    return this.driver.increment && !transform ? 'native' : this.mutateRoute(transform);
  }

  /** How a mutation reaches the driver. */
  mutateRoute(transform: Transform | undefined): 'local' | 'portable' {
    return mutateRoute(this.driver, transform);
  }

  /** Whether the driver keeps sorted sets itself. */
  sortsNatively(transform: Transform | undefined): boolean {
    return this.driver.sortedSet !== undefined && !transform;
  }

  /** Refuses new commands, waits for those in flight (each is bounded), closes the driver. */
  close(): Promise<void> {
    this.#closing ??= this.#lanes.whenIdle().then(() => {
      const deadline = performance.now() + this.timeoutMs;
      return this.#batcher.call(() => this.driver.close(), 'none', deadline);
    });
    return this.#closing;
  }

  #readInTurn<T>(
    key: string,
    ttl: boolean,
    transform: Transform | undefined,
    finish: (entry: Entry | undefined) => T,
    signal: AbortSignal | undefined,
    name: string,
    underway?: ReadTask<T>['underway'],
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const task = new ReadTask(key, ttl, transform, finish, resolve, reject, name);
      task.underway = underway;
      task.started = underway !== undefined;
      this.submit(task, signal);
    });
  }

  #writeInTurn<T>(
    write: Write,
    transform: Transform | undefined,
    finish: (result: WriteResult) => T,
    signal: AbortSignal | undefined,
    name: string,
    underway?: WriteTask<T>['underway'],
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const task = new WriteTask(write, transform, finish, resolve, reject, name);
      try {
        checkWriteSizes(write, transform, this.driver.traits);
      } catch (error) {
        task.fail(error);
        return;
      }
      task.underway = underway;
      task.started = underway !== undefined;
      this.submit(task, signal);
    });
  }

  /** One key needs no joining of promises: a hook should cost a call, not a chain of them. */
  #run(
    command: Command,
    transform: Transform | undefined,
  ): Promise<CommandResults[Command['verb']]> {
    const { signal } = command;
    switch (command.verb) {
      case 'get':
        if (command.keys.length === 1) {
          return this.read(command.keys[0]!, command.ttl, transform, alone, signal);
        }
        return Promise.all(
          command.keys.map((key) =>
            this.#readInTurn(key, command.ttl, transform, same, signal, key),
          ),
        );
      case 'write':
        if (command.writes.length === 1) {
          return this.write(command.writes[0]!, transform, alone, signal);
        }
        return this.#writeAll(command.writes, transform, signal);
      case 'increment':
        return this.increment(command.increment, transform, same, signal);
      case 'mutate':
        return new Promise((resolve, reject) => {
          const settle = resolve as (value: unknown) => void;
          this.submit(new MutateTask(command, transform, settle, reject), signal);
        });
      case 'commit':
        return commitInTurn(command, transform, {
          driver: this.driver,
          batcher: this.#batcher,
          submit: (task) => this.submit(task, signal),
        });
      case 'scan':
        return this.#scan(command);
      case 'sortedChange':
      case 'sortedQuery':
        return new Promise((resolve, reject) => {
          const { driver } = this;
          if (!this.sortsNatively(transform)) throw notSupported(driver.traits.name, command.verb);
          const pipelined = driver.traits.pipelined === true;
          const settle = resolve as (value: unknown) => void;
          this.submit(new SortedTask(command, pipelined, settle, reject), signal);
        });
    }
  }

  async #scan({ request, signal }: ScanCommand): Promise<ScanPage> {
    const { scan } = this.driver;
    if (!scan) throw notSupported(this.driver.traits.name, 'scan');
    if (this.#closing) throw closedError();
    if (signal?.aborted) throw abortedError(signal, 'none');
    const page = this.#batcher.call(
      (timeoutMs) => scan.call(this.driver, request, { timeoutMs }),
      'none',
      performance.now() + this.timeoutMs,
    );
    return untilAborted(page, signal, 'none');
  }

  /**
   * Each write by itself. One that can be seen to be impossible refuses all before any is sent; when one
   * fails later, the error says `unknown` if others may have been applied.
   */
  async #writeAll(
    writes: readonly Write[],
    transform: Transform | undefined,
    signal: AbortSignal | undefined,
  ): Promise<readonly WriteResult[]> {
    for (const write of writes) checkWriteSizes(write, transform, this.driver.traits);
    const calls = writes.map((write) => this.write(write, transform, same, signal));
    const results = await Promise.allSettled(calls);
    const errors = results.flatMap((result) => ('reason' in result ? [result.reason] : []));
    const [first] = errors as KvError[];
    if (!first) return Promise.all(calls);
    const none =
      errors.length === calls.length && errors.every(({ outcome }) => outcome === 'none');
    throw withOutcome(first, none ? 'none' : 'unknown');
  }

  /** Whether a call can be made at once: nothing on its key runs or waits, nobody has to transform. */
  #free(key: string, transform: Transform | undefined, signal: AbortSignal | undefined): boolean {
    return !transform && !this.#closing && !signal?.aborted && !this.#lanes.busy(key);
  }
}

function alone<T>(value: T): readonly [T] {
  return [value];
}

function same<T>(value: T): T {
  return value;
}
