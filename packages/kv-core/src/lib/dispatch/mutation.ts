import type {
  Condition,
  DeleteWrite,
  Entry,
  LocalMutation,
  PutWrite,
  Write,
  WriteResult,
} from '../driver/driver.js';
import { timeoutError } from '../errors/errors.js';
import { isKvError, KvError } from '../errors/kv-error.js';
import type { Batcher } from './batcher.js';
import { type Fold, type FoldedWrite, fold, stillOpen } from './fold.js';
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
  let doubt: KvError | undefined;
  for (let attempt = 1; ; attempt += 1) {
    const open = stillOpen(tasks);
    if (open.length === 0) return;
    let last: Fold | undefined;
    const item: LocalMutation = {
      key,
      apply(current) {
        last = fold(open, current, host.driver.traits.maxValueBytes);
        return last.write && writeTo(key, 'any', last.write);
      },
    };
    const result = await new Promise<undefined | KvError>((done) =>
      host.batcher.mutate({ item, deadline, done }),
    );
    if (!isKvError(result)) {
      if (!last) throw new Error('the driver did not run the mutation');
      return last.settle();
    }
    const over = attempt >= MOST_ATTEMPTS || performance.now() >= deadline;
    if (result.outcome === 'unknown') doubt = result;
    failAll(
      open.filter((task) => over || !doubt || !task.idempotent),
      doubt ?? result,
    );
    await pause(EAGER_ATTEMPTS + attempt);
  }
}

/**
 * Reads, folds all waiting steps over the entry and writes once on condition of its version; on a
 * conflict it goes on from the entry that won. When a write is in doubt, tasks that know their own effect
 * look again until the deadline, and the rest are told. Resolves when every task is settled, later if
 * others were contending: the winner yields, or a few processes would starve the rest.
 */
export async function mutatePortably(tasks: readonly MutateTask[], host: RunHost): Promise<void> {
  const { key, transform } = tasks[0]!;
  const ttl = tasks.some((task) => task.ttl);
  const { batcher, hints, driver } = host;
  const { maxValueBytes } = driver.traits;
  let known = hints.take(key, ttl);
  let guessed = known !== undefined;
  let conflicts = 0;
  let doubt: KvError | undefined;

  for (let attempt = 1; ; attempt += 1) {
    const open = stillOpen(tasks);
    if (open.length === 0) return;
    const deadline = open[0]!.deadline;
    if (performance.now() >= deadline) {
      return failAll(open, doubt ?? timeoutError(batcher.timeoutMs, 'none', key));
    }
    if (attempt > MOST_ATTEMPTS) {
      const text = `lost ${conflicts} compare-and-swaps in a row`;
      return failAll(open, doubt ?? new KvError('CONTENTION', text, { key }));
    }

    try {
      if (!known) {
        known = { entry: await read(batcher, key, ttl, deadline) };
        guessed = false;
      }
      const { entry } = known;
      const plain =
        entry && transform
          ? await batcher.call(() => decodeEntry(entry, key, transform), 'none', deadline)
          : entry;
      const outcome = fold(open, plain, maxValueBytes);
      if (!outcome.write && guessed) {
        known = undefined;
        continue;
      }
      if (!outcome.write) {
        hints.keep(key, entry, ttl);
        return outcome.settle();
      }

      const condition = entry ? { version: entry.version } : 'absent';
      const planned = writeTo(key, condition, outcome.write);
      const write = transform
        ? await batcher.call(() => seal(planned, transform, maxValueBytes), 'none', deadline)
        : planned;
      const result = await swap(batcher, write, deadline);
      if (isKvError(result)) {
        if (result.outcome === 'unknown') doubt = result;
        throw result;
      }
      if (result.applied) {
        outcome.settle();
        remember(hints, write, entry, ttl, result);
        if (conflicts > 0) await pause(conflicts);
        return;
      }
      conflicts += guessed ? 0 : 1;
      known = result.current;
      guessed = false;
      if (conflicts > EAGER_ATTEMPTS) {
        await pause(conflicts);
        known = undefined;
      }
    } catch (error) {
      hints.forget(key);
      if (open.length > 1 && isKvError(error, 'VALUE_TOO_LARGE')) {
        // Only hooks make it so large that the fold could not tell whose step it was: one by one.
        for (const task of open) await mutatePortably([task], host);
        return;
      }
      if (!doubt) return failAll(open, error);
      failAll(
        open.filter((task) => !task.idempotent),
        doubt,
      );
      known = undefined;
      await pause(EAGER_ATTEMPTS + attempt);
    }
  }
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

/** The fold's write, on a condition. */
function writeTo(key: string, condition: Condition, write: FoldedWrite): PutWrite | DeleteWrite {
  return write.type === 'put'
    ? { type: 'put', key, condition, value: write.value, ttl: write.ttl }
    : { type: 'delete', key, condition };
}

function remember(
  hints: Hints,
  write: Write,
  before: Entry | undefined,
  ttlKnown: boolean,
  result: WriteResult & { applied: true },
): void {
  // Some drivers compute the version when it is asked for.
  const { version } = result;
  if (write.type === 'delete') {
    hints.keep(write.key, undefined, true);
  } else if (write.type === 'put' && version !== undefined) {
    const ttlMs =
      write.ttl === 'keep' ? before?.ttlMs : write.ttl === 'none' ? undefined : write.ttl;
    const entry = { value: write.value, version, ttlMs };
    hints.keep(write.key, entry, ttlKnown || write.ttl !== 'keep');
  }
}

/** Full jitter, growing with the number of conflicts. */
function pause(conflicts: number): Promise<void> {
  const most = Math.min(LONGEST_PAUSE_MS, 2 ** Math.max(0, conflicts - EAGER_ATTEMPTS));
  return new Promise((resolve) => setTimeout(resolve, Math.random() * most));
}
