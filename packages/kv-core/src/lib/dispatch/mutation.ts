import type {
  DeleteWrite,
  Entry,
  LocalMutation,
  PutWrite,
  Write,
  WriteResult,
} from '../driver/driver.js';
import { timeoutError, toKvError } from '../errors/errors.js';
import { isKvError, KvError } from '../errors/kv-error.js';
import type { Batcher } from './batcher.js';
import { type Fold, type FoldedWrite, fold, stillOpen } from './fold.js';
import { Believed, Seen } from './hints.js';
import { remember, writeTo } from './remember.js';
import { Asked, type WriteRequest } from './request.js';
import type { RunHost } from './run-host.js';
import { seal } from './seal.js';
import { decodeEntry, type Mutation } from './task.js';

/**
 * A bound for callers that have much time; others are told at their deadline. It is generous because
 * those who win all the time may end: native increments, which never lose, leave a contender few gaps.
 */
const MOST_ATTEMPTS = 1_000;
/** Conflicts answer at once with the entry that won; only after these does waiting help. */
const EAGER_ATTEMPTS = 3;
const LONGEST_PAUSE_MS = 16;

/** Runs the steps in the driver's own transaction; resolves once they are acknowledged or failed. */
export async function mutateLocally(tasks: readonly Mutation[], host: RunHost): Promise<void> {
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
      host.batcher.mutate(new Asked(item, deadline, done)),
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
 * Reads, folds all waiting steps over the entry and writes once on condition of its version. What this
 * process last saw under the key is tried first, which spares the read and, if nobody else has written,
 * all that {@link contend} is made of. Calls `release` once the key is free for the next.
 */
export function mutatePortably(
  tasks: readonly Mutation[],
  host: RunHost,
  release: () => void,
): void {
  const { transform } = tasks[0]!;
  const { batcher, driver } = host;
  let ttl = false;
  for (const task of tasks) ttl ||= task.ttl;
  const known = believed(tasks, host, ttl);
  const outcome =
    known && !transform ? fold(tasks, known.entry, driver.traits.maxValueBytes) : undefined;
  // Nobody is told that nothing changes on the strength of a guess.
  if (known && outcome?.write) {
    batcher.write(new Guess(tasks, host, release, ttl, known, outcome, outcome.write));
  } else {
    goOn(tasks, host, release, ttl, outcome ? {} : { known, guessed: known !== undefined });
  }
}

/** A write on the condition that what is believed to be stored is stored. */
class Guess implements WriteRequest {
  readonly item: PutWrite | DeleteWrite;
  readonly deadline: number;
  readonly #tasks: readonly Mutation[];
  readonly #host: RunHost;
  readonly #release: () => void;
  readonly #ttl: boolean;
  readonly #known: Believed;
  readonly #outcome: Fold;

  constructor(
    tasks: readonly Mutation[],
    host: RunHost,
    release: () => void,
    ttl: boolean,
    known: Believed,
    outcome: Fold,
    write: FoldedWrite,
  ) {
    const { key, deadline } = tasks[0]!;
    const { entry } = known;
    this.item = writeTo(key, entry ? { version: entry.version } : 'absent', write);
    this.deadline = deadline;
    this.#tasks = tasks;
    this.#host = host;
    this.#release = release;
    this.#ttl = ttl;
    this.#known = known;
    this.#outcome = outcome;
  }

  done(result: WriteResult | KvError): void {
    if (!isKvError(result) && result.applied) {
      this.#outcome.settle();
      remember(this.#host.hints, this.item, this.#known.entry, this.#ttl, result, this.#known);
      this.#release();
      return;
    }
    const begun = isKvError(result) ? { failed: result } : { known: result.current };
    goOn(this.#tasks, this.#host, this.#release, this.#ttl, begun);
  }
}

function goOn(
  tasks: readonly Mutation[],
  host: RunHost,
  release: () => void,
  ttl: boolean,
  begun: Begun,
): void {
  contend(tasks, host, ttl, begun).then(release, (error: unknown) => {
    failAll(tasks, toKvError(error, 'unknown'));
    release();
  });
}

/**
 * What the key may hold: what a caller has read, which is what others have written if they take turns, else
 * what this process last saw.
 */
function believed(
  tasks: readonly Mutation[],
  { driver, hints }: RunHost,
  ttl: boolean,
): Believed | undefined {
  const hint = hints.take(tasks[0]!.key, ttl);
  if (ttl || !driver.versionOf) return hint;
  for (const { seen } of tasks) {
    if (!seen) continue;
    if (hint?.entry?.value === seen) return hint;
    return new Believed(new Seen(seen, driver.versionOf(seen), undefined), undefined);
  }
  return hint;
}

/** What has been tried before {@link contend} begins. */
interface Begun {
  readonly known?: Known | undefined;
  /** Whether what is known may be out of date. */
  readonly guessed?: boolean;
  /** How the first write failed. */
  readonly failed?: KvError;
}

interface Known {
  readonly entry: Entry | undefined;
}

/**
 * Goes on, after a conflict, from the entry that won. When a write is in doubt, tasks that know their own
 * effect look again until the deadline, and the rest are told. Resolves when every task is settled, later
 * if others were contending: the winner yields, or a few processes would starve the rest.
 */
async function contend(
  tasks: readonly Mutation[],
  host: RunHost,
  ttl: boolean,
  begun: Begun,
): Promise<void> {
  const { key, transform } = tasks[0]!;
  const { batcher, hints, driver } = host;
  const { maxValueBytes } = driver.traits;
  let { known, guessed = false, failed } = begun;
  let conflicts = 0;
  let doubt: KvError | undefined;

  for (let attempt = 1; ; attempt += 1) {
    const open = stillOpen(tasks);
    if (open.length === 0) return;
    const deadline = open[0]!.deadline;
    if (performance.now() >= deadline) {
      const lost = conflicts > 0 ? lostError(conflicts, key) : undefined;
      return failAll(open, doubt ?? lost ?? timeoutError(batcher.timeoutMs, 'none', key));
    }
    if (attempt > MOST_ATTEMPTS) return failAll(open, doubt ?? lostError(conflicts, key));

    try {
      if (failed) throw failed;
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
      if (isKvError(result)) throw result;
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
      failed = undefined;
      if (isKvError(error) && error.outcome === 'unknown') doubt = error;
      if (open.length > 1 && isKvError(error, 'VALUE_TOO_LARGE')) {
        // Only hooks make it so large that the fold could not tell whose step it was: one by one.
        for (const task of open) await contend([task], host, ttl, {});
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

function lostError(conflicts: number, key: string): KvError {
  return new KvError('CONTENTION', `lost ${conflicts} compare-and-swaps in a row`, { key });
}

function failAll(tasks: readonly Mutation[], error: unknown): void {
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
    batcher.read(new Asked(key, deadline, done), ttl);
  });
}

function swap(batcher: Batcher, item: Write, deadline: number): Promise<WriteResult | KvError> {
  return new Promise((done) => batcher.write(new Asked(item, deadline, done)));
}

/** Full jitter, growing with the number of conflicts. */
function pause(conflicts: number): Promise<void> {
  const most = Math.min(LONGEST_PAUSE_MS, 2 ** Math.max(0, conflicts - EAGER_ATTEMPTS));
  return new Promise((resolve) => setTimeout(resolve, Math.random() * most));
}
