import type { Driver, Entry, Increment, Write, WriteResult } from '../driver/driver.js';
import { toKvError } from '../errors/errors.js';
import { isKvError, type KvError } from '../errors/kv-error.js';
import { checkValueSize } from './check-sizes.js';
import { incrementTogether, sameIncrement } from './increments.js';
import { mutateLocally, mutatePortably } from './mutation.js';
import type { RunHost } from './run-host.js';
import { seal } from './seal.js';
import type { IncrementTask, MutateTask, ReadTask, Task, Transform, WriteTask } from './task.js';

/** How a mutation reaches the driver. */
export function mutateRoute(
  driver: Driver,
  transform: Transform | undefined,
): 'local' | 'portable' {
  return driver.mutate && !transform ? 'local' : 'portable';
}

/** Which tasks of a key can run as one with the first. */
export function belongsToRun(first: Task, task: Task): boolean {
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

/** Starts tasks of one key that belong together; calls `release` when the key is free for the next. */
export function startRun(run: Task[], release: () => void, host: RunHost): void {
  const [first] = run as [Task];
  switch (first.kind) {
    case 'read':
      read(run as ReadTask<unknown>[], release, host);
      return;
    case 'write':
      write(run as WriteTask<unknown>[], release, host);
      return;
    case 'increment':
      void incrementTogether(run as IncrementTask[], host.batcher).then(release);
      return;
    case 'mutate': {
      const local = mutateRoute(host.driver, first.transform) === 'local';
      void (local ? mutateLocally : mutatePortably)(run as MutateTask[], host).then(release);
      return;
    }
    case 'hold':
      first.settle(release);
  }
}

function read(run: ReadTask<unknown>[], release: () => void, { batcher }: RunHost): void {
  const { key, deadline } = run[0]!;
  const done = (entry: Entry | undefined | KvError): void => {
    for (const task of run) task.received(entry);
    release();
  };
  const ttl = run.some((task) => task.ttl);
  batcher.read({ item: key, deadline, done }, ttl);
}

/** Of several puts only the last is sent: the others are overwritten at the moment they happen. */
function write(run: WriteTask<unknown>[], release: () => void, { batcher, driver }: RunHost): void {
  const last = run[run.length - 1]!;
  const { deadline, transform } = last;
  const done = (result: WriteResult | KvError): void => {
    for (const task of run) {
      if (isKvError(result)) task.fail(result);
      else task.settle(result);
    }
    release();
  };
  const { maxValueBytes } = driver.traits;
  const plain = run.length === 1 ? last.write : withTtlOf(run, last.write);
  if (transform) {
    seal(plain, transform, maxValueBytes).then(
      (item) => batcher.write({ item, deadline, done }),
      (error: unknown) => done(toKvError(error, 'none')),
    );
    return;
  }
  try {
    checkValueSize(plain, maxValueBytes);
  } catch (error) {
    done(toKvError(error, 'none'));
    return;
  }
  batcher.write({ item: plain, deadline, done });
}

function incrementOf(task: Task): Increment {
  return (task as IncrementTask).increment;
}

/** Whether it is replaced without a trace by a later put. */
function overwrites(task: Task): boolean {
  const { write } = task as WriteTask<unknown>;
  return write.type === 'put' && write.condition === 'any';
}

/** The last put with the time to live that the whole run leaves: `keep` keeps the one before it. */
function withTtlOf(run: readonly WriteTask<unknown>[], last: Write): Write {
  if (last.type !== 'put' || last.ttl !== 'keep') return last;
  for (let index = run.length - 1; index >= 0; index -= 1) {
    const { write } = run[index]!;
    if (write.type === 'put' && write.ttl !== 'keep') return { ...last, ttl: write.ttl };
  }
  return last;
}
