import type { Entry, LocalMutation, Write, WriteResult } from '../driver/driver.js';
import { timeoutError } from '../errors/errors.js';
import { isKvError, KvError } from '../errors/kv-error.js';
import type { Batcher } from './batcher.js';
import { type Fold, fold } from './fold.js';
import type { Hints } from './hints.js';
import type { RunHost } from './run-host.js';
import { seal } from './seal.js';
import { decodeEntry, type MutateTask } from './task.js';

/** Losing this often in a row means that the key cannot be had by compare-and-swap. */
const MOST_ATTEMPTS = 100;
/** Conflicts answer at once with the entry that won; only after these does waiting help. */
const EAGER_ATTEMPTS = 3;
const LONGEST_PAUSE_MS = 16;

/** Runs the steps in the driver's own transaction; resolves once they are acknowledged or failed. */
export async function mutateLocally(tasks: readonly MutateTask[], host: RunHost): Promise<void> {
  const { key, deadline } = tasks[0]!;
  for (let attempt = 1; ; attempt += 1) {
    const open = tasks.filter((task) => !task.settled);
    if (open.length === 0) return;
    let last: Fold | undefined;
    const item: LocalMutation = {
      key,
      apply(current) {
        last = fold(open, current, host.driver.traits.maxValueBytes);
        return last.write && { ...last.write, key, condition: 'any' };
      },
    };
    const result = await new Promise<undefined | KvError>((done) =>
      host.batcher.mutate({ item, deadline, done }),
    );
    if (!isKvError(result)) return last?.settle();
    const over = attempt >= MOST_ATTEMPTS || performance.now() >= deadline;
    failAll(inDoubt(open, result, over), result);
  }
}

/**
 * Reads, folds all waiting steps over the entry and writes once on condition of its version; on a
 * conflict it goes on from the entry that won. Resolves when every task is settled, later if others
 * were contending: the winner yields, or a few processes would starve the rest.
 */
export async function mutatePortably(tasks: readonly MutateTask[], host: RunHost): Promise<void> {
  const { key, transform } = tasks[0]!;
  const ttl = tasks.some((task) => task.ttl);
  const { batcher, hints, driver } = host;
  const { maxValueBytes } = driver.traits;
  let known = hints.take(key);
  let guessed = known !== undefined;
  let conflicts = 0;

  for (let attempt = 1; ; attempt += 1) {
    const open = tasks.filter((task) => !task.settled);
    if (open.length === 0) return;
    const deadline = open[0]!.deadline;
    if (performance.now() >= deadline) {
      return failAll(open, timeoutError(batcher.timeoutMs, 'none', key));
    }
    if (attempt > MOST_ATTEMPTS) {
      const text = `lost ${conflicts} compare-and-swaps in a row`;
      return failAll(open, new KvError('CONTENTION', text, { key }));
    }

    try {
      if (!known) {
        known = { entry: await read(batcher, key, ttl, deadline) };
        guessed = false;
      }
      const { entry } = known;
      const plain = entry && transform ? await decodeEntry(entry, key, transform) : entry;
      const outcome = fold(open, plain, maxValueBytes);
      if (!outcome.write && guessed) {
        known = undefined;
        continue;
      }
      if (!outcome.write) {
        hints.keep(key, entry);
        return outcome.settle();
      }

      const planned = conditional(outcome.write, key, entry);
      const write = await seal(planned, transform, maxValueBytes);
      const result = await swap(batcher, write, deadline);
      if (isKvError(result)) {
        failAll(inDoubt(open, result, false), result);
        known = undefined;
        await pause(conflicts);
      } else if (result.applied) {
        outcome.settle();
        remember(hints, write, entry, result);
        if (conflicts > 0) await pause(conflicts);
        return;
      } else {
        conflicts += guessed ? 0 : 1;
        known = result.current;
        guessed = false;
        if (conflicts > EAGER_ATTEMPTS) {
          await pause(conflicts);
          known = undefined;
        }
      }
    } catch (error) {
      return failAll(open, error);
    }
  }
}

/**
 * Whom an error ends. If the write may be there, tasks that know their own effect look again; the rest
 * must be told.
 */
function inDoubt(
  tasks: readonly MutateTask[],
  error: KvError,
  over: boolean,
): readonly MutateTask[] {
  if (over || error.outcome === 'none') return tasks;
  return tasks.filter((task) => !task.idempotent);
}

function failAll(tasks: readonly MutateTask[], error: unknown): void {
  for (const task of tasks) task.fail(error);
}

function read(
  batcher: Batcher,
  key: string,
  ttl: boolean,
  deadline: number,
): Promise<Entry | undefined> {
  return new Promise((resolve, reject) => {
    const done = (entry: Entry | undefined | KvError): void => {
      if (isKvError(entry)) reject(entry);
      else resolve(entry);
    };
    batcher.read({ item: key, deadline, done }, ttl);
  });
}

function swap(batcher: Batcher, item: Write, deadline: number): Promise<WriteResult | KvError> {
  return new Promise((done) => batcher.write({ item, deadline, done }));
}

/** The fold's write, on condition of what was read. */
function conditional(
  write: NonNullable<Fold['write']>,
  key: string,
  entry: Entry | undefined,
): Write {
  const condition = entry ? { version: entry.version } : 'absent';
  return write.type === 'put' ? { ...write, key, condition } : { type: 'delete', key, condition };
}

function remember(
  hints: Hints,
  write: Write,
  before: Entry | undefined,
  result: WriteResult & { applied: true },
): void {
  if (write.type === 'delete') {
    hints.keep(write.key, undefined);
  } else if (write.type === 'put' && result.version !== undefined) {
    const ttlMs =
      write.ttl === 'keep' ? before?.ttlMs : write.ttl === 'none' ? undefined : write.ttl;
    hints.keep(write.key, { value: write.value, version: result.version, ttlMs });
  }
}

/** Full jitter, growing with the number of conflicts. */
function pause(conflicts: number): Promise<void> {
  const most = Math.min(LONGEST_PAUSE_MS, 2 ** Math.max(0, conflicts - EAGER_ATTEMPTS));
  return new Promise((resolve) => setTimeout(resolve, Math.random() * most));
}
