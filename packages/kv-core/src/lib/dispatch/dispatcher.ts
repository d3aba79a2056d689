import type {
  Check,
  Driver,
  Entry,
  Increment,
  Write,
  WriteResult,
  WriteTtl,
} from '../driver/driver.js';
import { closedError, invalid, toKvError } from '../errors/errors.js';
import { isKvError, type KvError } from '../errors/kv-error.js';
import type { Command, CommandResults, ResultOf } from '../hooks/hook.js';
import { Batcher } from './batcher.js';
import { checkKeySize } from './check-key-size.js';
import { valueTooLarge } from './fold.js';
import { Hints } from './hints.js';
import { incrementStep, incrementTogether, sameIncrement } from './increments.js';
import { type Lane, Lanes } from './lanes.js';
import { type MutationHost, mutateLocally, mutatePortably } from './mutation.js';
import {
  HoldTask,
  IncrementTask,
  MutateTask,
  ReadTask,
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
  readonly #host: MutationHost;
  #closing: Promise<void> | undefined;

  constructor(driver: Driver, timeoutMs: number) {
    this.driver = driver;
    this.timeoutMs = timeoutMs;
    this.#batcher = new Batcher(driver, timeoutMs);
    this.#host = { batcher: this.#batcher, hints: new Hints(), traits: driver.traits };
    this.#lanes = new Lanes({
      timeoutMs,
      start: (run, lane) => this.#start(run, lane),
      belongs,
      afterFlush: this.#batcher.flush,
    });
  }

  /** Reads one key and answers with what `finish` makes of the entry. */
  read<T>(
    key: string,
    ttl: boolean,
    transform: Transform | undefined,
    finish: (entry: Entry | undefined) => T,
    signal?: AbortSignal,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const task = new ReadTask(key, ttl, transform, finish, resolve, reject);
      this.#submit(task, signal);
    });
  }

  /** Writes one key and answers with what `finish` makes of the result. */
  write<T>(
    write: Write,
    transform: Transform | undefined,
    finish: (result: WriteResult) => T,
    signal?: AbortSignal,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#submit(new WriteTask(write, transform, finish, resolve, reject), signal);
    });
  }

  /** Runs any command. */
  run<C extends Command>(command: C, transform: Transform | undefined): Promise<ResultOf<C>> {
    return this.#run(command, transform) as Promise<ResultOf<C>>;
  }

  /** How an increment reaches the driver. */
  incrementRoute(transform: Transform | undefined): 'native' | 'local' | 'portable' {
    if (this.driver.increment && !transform) return 'native';
    return this.mutateRoute(transform);
  }

  /** How a mutation reaches the driver. */
  mutateRoute(transform: Transform | undefined): 'local' | 'portable' {
    return this.driver.mutate && !transform ? 'local' : 'portable';
  }

  /** Refuses new commands, waits for those in flight (each is bounded), closes the driver. */
  close(): Promise<void> {
    this.#closing ??= this.#lanes.whenIdle().then(async () => {
      this.#batcher.stop();
      await this.driver.close();
    });
    return this.#closing;
  }

  async #run(command: Command, transform: Transform | undefined): Promise<CommandResults[Command['verb']]> {
    const { signal } = command;
    switch (command.verb) {
      case 'get':
        return Promise.all(
          command.keys.map((key) => this.read(key, command.ttl, transform, same, signal)),
        );
      case 'write':
        return Promise.all(command.writes.map((write) => this.write(write, transform, same, signal)));
      case 'increment':
        return new Promise((resolve, reject) => {
          const { increment } = command;
          if (this.incrementRoute(transform) === 'native') {
            this.#submit(new IncrementTask(increment, resolve, reject), signal);
            return;
          }
          const step = incrementStep(increment);
          const { key } = increment;
          const mutation = { verb: 'mutate', key, step, ttl: false, idempotent: false } as const;
          const settle = resolve as (value: unknown) => void;
          this.#submit(new MutateTask(mutation, transform, settle, reject), signal);
        });
      case 'mutate':
        return new Promise((resolve, reject) => {
          const settle = resolve as (value: unknown) => void;
          this.#submit(new MutateTask(command, transform, settle, reject), signal);
        });
      case 'commit':
        return this.#commit(command.checks, command.writes, transform);
      case 'scan': {
        const { scan } = this.driver;
        if (!scan) throw notSupported(this.driver, 'scan');
        this.#refuseIfClosed();
        return this.#batcher.call(
          (timeoutMs) => scan.call(this.driver, command.request, { timeoutMs }),
          'none',
          performance.now() + this.timeoutMs,
        );
      }
    }
  }

  async #commit(
    checks: readonly Check[],
    writes: readonly Write[],
    transform: Transform | undefined,
  ): Promise<boolean> {
    const { commit, traits } = this.driver;
    if (!commit || traits.commit === false) throw notSupported(this.driver, 'atomic');
    const { maxOperations } = traits.commit;
    if (checks.length + writes.length > maxOperations) {
      throw invalid('INVALID_ARGUMENT', `over ${maxOperations} operations in one atomic commit`);
    }
    for (const { key } of [...checks, ...writes]) checkKeySize(key, traits.maxKeyBytes);
    const deadline = performance.now() + this.timeoutMs;
    const held = await this.#hold([...checks, ...writes].map(({ key }) => key));
    try {
      const sealed = await Promise.all(
        writes.map((write) => seal(write, transform, traits.maxValueBytes)),
      );
      return await this.#batcher.call(
        (timeoutMs) => commit.call(this.driver, checks, sealed, { timeoutMs }),
        'unknown',
        deadline,
      );
    } finally {
      for (const lane of held) this.#lanes.release(lane);
    }
  }

  /**
   * Waits for its turn on all keys. They are asked for in one go, so of two commits that share keys one
   * is ahead of the other on all of them.
   */
  async #hold(keys: readonly string[]): Promise<Lane[]> {
    const turns = await Promise.allSettled(
      [...new Set(keys)].map(
        (key) =>
          new Promise<Lane>((resolve, reject) => this.#submit(new HoldTask(key, resolve, reject))),
      ),
    );
    const held = turns.flatMap((turn) => (turn.status === 'fulfilled' ? [turn.value] : []));
    const failed = turns.find((turn) => turn.status === 'rejected');
    if (!failed) return held;
    for (const lane of held) this.#lanes.release(lane);
    throw failed.reason;
  }

  #submit(task: Task, signal?: AbortSignal): void {
    if (this.#closing) return task.fail(closedError(task.key));
    try {
      checkKeySize(task.key, this.driver.traits.maxKeyBytes);
    } catch (error) {
      return task.fail(error);
    }
    if (signal) {
      if (signal.aborted) return task.abort(signal.reason);
      const onAbort = (): void => task.abort(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      task.onSettled = () => signal.removeEventListener('abort', onAbort);
    }
    this.#lanes.submit(task);
  }

  #refuseIfClosed(): void {
    if (this.#closing) throw closedError();
  }

  #start(run: Task[], lane: Lane): void {
    const first = run[0]!;
    const end = (): void => this.#lanes.release(lane);
    switch (first.kind) {
      case 'read':
        return this.#read(run as ReadTask<unknown>[], lane);
      case 'write':
        return this.#write(run as WriteTask<unknown>[], lane);
      case 'increment':
        void incrementTogether(run as IncrementTask[], this.#batcher).then(end);
        return;
      case 'mutate': {
        const mutate =
          this.mutateRoute(first.transform) === 'local' ? mutateLocally : mutatePortably;
        void mutate(run as MutateTask[], this.#host).then(end);
        return;
      }
      case 'hold':
        first.settle(lane);
        return;
    }
  }

  #read(run: ReadTask<unknown>[], lane: Lane): void {
    const { key, deadline } = run[0]!;
    const done = (entry: Entry | undefined | KvError): void => {
      for (const task of run) task.received(entry);
      this.#lanes.release(lane);
    };
    this.#batcher.read({ item: key, deadline, done }, run.some((task) => task.ttl));
  }

  #write(run: WriteTask<unknown>[], lane: Lane): void {
    const last = run[run.length - 1]!;
    const { deadline, transform } = last;
    const { maxValueBytes } = this.driver.traits;
    const done = (result: WriteResult | KvError): void => {
      for (const task of run) {
        if (isKvError(result)) task.fail(result);
        else task.settle(result);
      }
      this.#lanes.release(lane);
    };
    let write = last.write;
    if (run.length > 1 && write.type === 'put' && write.ttl === 'keep') {
      write = { ...write, ttl: lastTtl(run) };
    }
    if (!transform) {
      if (write.type === 'put' && write.value.byteLength > maxValueBytes) {
        done(valueTooLarge(write.value, maxValueBytes));
      } else {
        this.#batcher.write({ item: write, deadline, done });
      }
      return;
    }
    seal(write, transform, maxValueBytes).then(
      (item) => this.#batcher.write({ item, deadline, done }),
      (error: unknown) => done(toKvError(error, 'none')),
    );
  }
}

function same<T>(value: T): T {
  return value;
}

/** Which tasks of a key can run as one with the first. */
function belongs(first: Task, task: Task): boolean {
  switch (first.kind) {
    case 'read':
      return task.kind === 'read';
    case 'increment':
      return task.kind === 'increment' && sameIncrement(incrementOf(first), incrementOf(task));
    case 'mutate':
      return task.kind === 'mutate' && task.transform === first.transform;
    case 'write':
      return task.kind === 'write' && overwrites(first) && overwrites(task);
    case 'hold':
      return false;
  }
}

function incrementOf(task: Task): Increment {
  return (task as IncrementTask).increment;
}

/** Whether it is replaced without a trace by a later one. */
function overwrites(task: Task): boolean {
  const { write } = task as WriteTask<unknown>;
  return write.type === 'put' && write.condition === 'any';
}

/** The time to live that a run of puts leaves, the last of which keeps what it finds. */
function lastTtl(run: readonly WriteTask<unknown>[]): WriteTtl {
  for (let index = run.length - 1; index >= 0; index -= 1) {
    const { write } = run[index]!;
    if (write.type === 'put' && write.ttl !== 'keep') return write.ttl;
  }
  return 'keep';
}

async function seal(
  write: Write,
  transform: Transform | undefined,
  maxValueBytes: number,
): Promise<Write> {
  if (write.type !== 'put') return write;
  const value = transform ? await transform.encode(write.value, write.key) : write.value;
  if (value.byteLength > maxValueBytes) throw valueTooLarge(value, maxValueBytes);
  return { ...write, value };
}

function notSupported(driver: Driver, verb: string): KvError {
  return invalid('NOT_SUPPORTED', `the ${driver.traits.name} driver has no ${verb}`);
}
