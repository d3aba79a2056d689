import type { Driver, Entry, Increment, Write, WriteResult } from '../driver/driver.js';
import { toKvError } from '../errors/errors.js';
import { isKvError, type KvError } from '../errors/kv-error.js';
import type { Batcher } from './batcher.js';
import { incrementTogether, sameIncrement } from './increments.js';
import { mutateLocally, mutatePortably } from './mutation.js';
import { Asked } from './request.js';
import type { RunHost } from './run-host.js';
import { seal } from './seal.js';
import { sendSorted } from './sorted.js';
import {
  decodeEntry,
  type IncrementTask,
  type Mutation,
  type ReadTask,
  type SortedTask,
  type Task,
  type Transform,
  type WriteTask,
} from './task.js';

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
      return task.kind === 'read' && !isUnderway(first) && !isUnderway(task);
    case 'increment':
      return task.kind === 'increment' && sameIncrement(incrementOf(first), incrementOf(task));
    case 'mutate':
      return task.kind === 'mutate' && task.transform === first.transform;
    case 'write':
      return (
        task.kind === 'write' &&
        task.transform === first.transform &&
        !isUnderway(first) &&
        !isUnderway(task) &&
        overwrites(first) &&
        overwrites(task)
      );
    case 'sorted':
      return task.kind === 'sorted';
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
      settle(incrementTogether(run as IncrementTask[], host.batcher), run, release);
      return;
    case 'mutate':
      if (mutateRoute(host.driver, first.transform) === 'local') {
        settle(mutateLocally(run as Mutation[], host), run, release);
      } else {
        mutatePortably(run as Mutation[], host, release);
      }
      return;
    case 'sorted':
      sendSorted(run as SortedTask[], release, host.batcher);
      return;
    case 'hold':
      first.settle(release);
  }
}

/** Whatever happens, the callers get an answer and the key is free again. */
function settle(work: Promise<void>, run: readonly Task[], release: () => void): void {
  work.then(release, (error: unknown) => {
    for (const task of run) task.fail(toKvError(error, 'unknown'));
    release();
  });
}

function read(run: ReadTask<unknown>[], release: () => void, { batcher }: RunHost): void {
  const { key, deadline } = run[0]!;
  const done = (entry: Entry | undefined | KvError): void => {
    for (const task of run) {
      const { transform } = task;
      if (isKvError(entry)) task.fail(entry);
      else if (!entry || !transform) task.settle(entry);
      else {
        const decode = (): Promise<Entry> => decodeEntry(entry, key, transform);
        batcher.call(decode, 'none', task.deadline).then(
          (decoded) => task.settle(decoded),
          (error: unknown) => task.fail(error),
        );
      }
    }
    release();
  };
  const { underway } = run[0]!;
  const request = new Asked(key, deadline, done);
  const ttl = run.some((task) => task.ttl);
  if (underway) batcher.await(request, underway, 'none');
  else batcher.read(request, ttl);
}

function write(run: WriteTask<unknown>[], release: () => void, host: RunHost): void {
  if (run[0]!.transform) void sealAll(run, host).then(() => send(run, release, host.batcher));
  else send(run, release, host.batcher);
}

/** Makes the writes what the driver gets. One that cannot be made fails its own caller only. */
async function sealAll(
  run: readonly WriteTask<unknown>[],
  { batcher, driver }: RunHost,
): Promise<void> {
  const { maxValueBytes } = driver.traits;
  const sealing = run.map(async (task) => {
    const sealed = (): Promise<Write> => seal(task.write, task.transform, maxValueBytes);
    try {
      task.write = await batcher.call(sealed, 'none', task.deadline);
    } catch (error) {
      task.fail(error);
    }
  });
  await Promise.all(sealing);
}

/** Of several puts only the last is sent: the others are overwritten at the moment they happen. */
function send(run: readonly WriteTask<unknown>[], release: () => void, batcher: Batcher): void {
  const open = run.every(isOpen) ? run : run.filter(isOpen);
  if (open.length === 0) {
    release();
    return;
  }
  const done = (result: WriteResult | KvError): void => {
    for (const task of open) {
      if (isKvError(result)) task.fail(result);
      else task.settle(result);
    }
    release();
  };
  // The oldest caller's time is the first to run out.
  const { deadline, underway } = open[0]!;
  const request = new Asked(together(open), deadline, done);
  if (underway) batcher.await(request, underway, 'unknown');
  else batcher.write(request);
}

/** One that was sent before its turn came holds the turn until it is answered. */
function isOpen(task: WriteTask<unknown>): boolean {
  return !task.settled || task.underway !== undefined;
}

function isUnderway(task: Task): boolean {
  return (task as ReadTask<unknown> | WriteTask<unknown>).underway !== undefined;
}

function incrementOf(task: Task): Increment {
  return (task as IncrementTask).increment;
}

/** Whether it is replaced without a trace by a later put. */
function overwrites(task: Task): boolean {
  const { write } = task as WriteTask<unknown>;
  return write.type === 'put' && write.condition === 'any';
}

/** The last write, with the time to live that all of them leave: `keep` keeps the one before it. */
function together(run: readonly WriteTask<unknown>[]): Write {
  const last = run[run.length - 1]!.write;
  if (run.length === 1 || last.type !== 'put' || last.ttl !== 'keep') return last;
  for (let index = run.length - 1; index >= 0; index -= 1) {
    const { write } = run[index]!;
    if (write.type === 'put' && write.ttl !== 'keep') return { ...last, ttl: write.ttl };
  }
  return last;
}
