import { systemClock } from '../clock/clock.js';
import type { ChangeResult, SortedChange } from '../driver/sorted.js';
import { isKvError, KvError } from '../errors/kv-error.js';
import type { MakeId } from './ids.js';
import { inPart } from './in-part.js';
import { EMPTY_LEAF } from './node.js';
import { lostNode, NodeGone, type NodeStore } from './node-store.js';
import { planCommit } from './plan-commit.js';
import { idsBelow, isDue, reclaim, retire } from './retire.js';
import type { Root } from './root.js';
import type { RootRecord } from './root-record.js';
import { headAfter, Turns } from './turns.js';

/** What a writer needs. */
export interface WriterOptions {
  readonly root: RootRecord;
  readonly nodes: NodeStore;
  readonly key: string;
  readonly cap: number | undefined;
  readonly graceMs: number;
  readonly makeId: MakeId;
  readonly now: () => number;
  readonly ttlMs: () => number | undefined;
}

type Outcomes = (ChangeResult | KvError)[];

/** For the same place after the same root. */
interface Race {
  losses: number;
  /** The node that was missed last. */
  gone?: string | undefined;
  /** When to give up, by the monotonic clock. */
  readonly end: number;
}

interface Job {
  /** `clear` stands alone. */
  readonly changes: readonly SortedChange[] | 'clear';
  readonly outcomes: Outcomes;
  readonly resolve: (outcomes: Outcomes) => void;
  readonly reject: (error: unknown) => void;
}

/** What is stored before the swap, so that it can be taken back. */
interface Draft {
  readonly next: Root;
  readonly written: readonly string[];
  readonly outcomes: readonly (ChangeResult | KvError)[];
}

/** Changes in one commit; halved by a lost race, so that a bulk load gets through among small commits. */
const MOST_CHANGES = 50_000;
const LEAST_CHANGES = 16;
const PATIENCE_MS = 30_000;

/** Folds all waiting changes of this process into one commit at a time. */
export class Writer {
  readonly #options: WriterOptions;
  #queue: Job[] = [];
  #isRunning = false;
  #mostChanges = MOST_CHANGES;
  readonly #turns: Turns;

  constructor(options: WriterOptions) {
    this.#options = options;
    this.#turns = new Turns(options.root, options.makeId, options.now, options.ttlMs);
  }

  /** Resolves when all are stored, with what became of each. */
  write(changes: readonly SortedChange[] | 'clear'): Promise<Outcomes> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ changes, outcomes: [], resolve, reject });
      if (!this.#isRunning) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    await undefined; // lets all calls of this tick join
    let race = newRace();
    while (this.#queue.length > 0) {
      // Taken anew after each lost race: fewer changes, and those that have come meanwhile.
      const { jobs, changes } = this.#nextBatch();
      try {
        const outcomes = await this.#commit(changes, race);
        if (!outcomes) continue;
        this.#answer(jobs, outcomes);
      } catch (error) {
        this.#fail(jobs, error);
      }
      race = newRace();
    }
    this.#isRunning = false;
  }

  #nextBatch(): { jobs: Job[]; changes: SortedChange[] | 'clear' } {
    const [first] = this.#queue;
    if (first!.changes === 'clear') return { jobs: [first!], changes: 'clear' };
    const jobs: Job[] = [];
    const changes: SortedChange[] = [];
    for (const job of this.#queue) {
      if (job.changes === 'clear' || changes.length >= this.#mostChanges) break;
      jobs.push(job);
      const start = job.outcomes.length;
      for (const change of job.changes.slice(start, start + this.#mostChanges - changes.length)) {
        changes.push(change);
      }
    }
    return { jobs, changes };
  }

  /** Hands the outcomes out; a job of which more is to be done stays in front. */
  #answer(jobs: readonly Job[], outcomes: readonly (ChangeResult | KvError)[]): void {
    let at = 0;
    for (const job of jobs) {
      const rest = job.changes === 'clear' ? 0 : job.changes.length - job.outcomes.length;
      const end = Math.min(outcomes.length, at + rest);
      for (; at < end; at += 1) job.outcomes.push(outcomes[at]!);
      if (job.changes !== 'clear' && job.outcomes.length < job.changes.length) continue;
      this.#queue.splice(this.#queue.indexOf(job), 1);
      job.resolve(job.outcomes);
    }
  }

  #fail(jobs: readonly Job[], error: unknown): void {
    const failed = new Set(jobs);
    this.#queue = this.#queue.filter((job) => !failed.has(job));
    for (const job of jobs)
      job.reject(job.outcomes.length > 0 ? inPart(error, this.#options.key) : error);
  }

  /** Tries it once; `undefined` if others were faster, after a while in which they can get ahead. */
  async #commit(
    changes: readonly SortedChange[] | 'clear',
    race: Race,
  ): Promise<Draft['outcomes'] | undefined> {
    const { root: record, nodes, key } = this.#options;
    // After a pause the root that was seen last is not what is there any more.
    const last = race.losses > 1 ? undefined : record.last;
    let root = last ?? (await record.read());
    if (this.#turns.isOthers(root)) root = await this.#turns.wait(root);
    if (changes !== 'clear') record.check(root);
    let gone: NodeGone | undefined;
    const draft = await this.#draft(root, last === undefined, changes).catch((error: unknown) => {
      if (!(error instanceof NodeGone)) throw error;
      gone = error;
    });
    if (draft) {
      if (draft.next === root) return draft.outcomes;
      const result = await this.#swap(root, draft);
      if (result.swapped) {
        this.#mostChanges = Math.min(MOST_CHANGES, this.#mostChanges * 2);
        return draft.outcomes;
      }
      if (race.losses > 0) await this.#turns.ask();
      await nodes.remove(draft.written).catch(() => undefined);
    } else {
      // A root that was read after a node had been missed names it: nobody has retired it.
      if (gone?.id !== undefined && gone.id === race.gone) throw lostNode(key);
      race.gone = gone?.id;
      const current = await record.read();
      if (current.commit === root.commit) throw lostNode(key);
    }
    if (systemClock.monotonic() > race.end) {
      throw new KvError('CONTENTION', 'the sorted set is changed by too many others', { key });
    }
    if (changes.length > LEAST_CHANGES) {
      this.#mostChanges = Math.max(LEAST_CHANGES, Math.floor(changes.length / 2));
    }
    // A turn that was asked for is used at once.
    if (!record.last?.waits) await pause(race.losses);
    race.losses += 1;
    return undefined;
  }

  async #swap(root: Root, { next, written }: Draft) {
    const { root: record, nodes, ttlMs } = this.#options;
    try {
      return await record.swap(root, next, ttlMs());
    } catch (error) {
      // In doubt, the nodes may be in use: what is not is for a sweep.
      if (isKvError(error) && error.outcome === 'none') {
        await nodes.remove(written).catch(() => undefined);
      }
      throw error;
    }
  }

  /**
   * Stores the nodes of the next root. Its `next` is the root itself if nothing changes. `isFresh`: it was
   * the root at a moment since the changes were asked for.
   */
  async #draft(
    root: Root,
    isFresh: boolean,
    changes: readonly SortedChange[] | 'clear',
  ): Promise<Draft> {
    const { nodes, cap, graceMs, makeId } = this.#options;
    const plan = changes === 'clear' ? undefined : await planCommit(root, changes, cap, nodes);
    const outcomes = plan?.results ?? [];
    if (plan && !plan.next) {
      // Nothing that was read from a root seen earlier may be answered unless it is still the root.
      const next = isFresh ? root : await this.#confirmed(root);
      return { next, written: [], outcomes };
    }
    const now = this.#options.now();
    const head = { ...headAfter(root, makeId(now)), order: root.order, waits: false };
    const due = root.retired.filter((item) => isDue(item, graceMs, now));
    const waiting = root.retired.filter((item) => !isDue(item, graceMs, now));
    if (!plan?.next) {
      const left = [...waiting, ...(await reclaim(due, nodes))];
      const ids = [root.places, root.members].flatMap(idsBelow);
      const retired = ids.length > 0 ? [...left, { at: now, kind: 'trees' as const, ids }] : left;
      const order = this.#options.root.order;
      const empty = { places: EMPTY_LEAF, members: EMPTY_LEAF };
      return { next: { ...head, order, seq: root.seq, ...empty, retired }, written: [], outcomes };
    }
    const { seq, places, members } = plan.next;
    const made = [...places.written, ...members.written];
    try {
      const ids = [...places.retired, ...members.retired];
      const { retired, written } = await retire(waiting, ids, now, nodes);
      // Together: what is removed now is none of what is stored now.
      const [left] = await Promise.all([reclaim(due, nodes), nodes.flush()]);
      const tops = { places: places.top, members: members.top };
      const next = { ...head, seq, ...tops, retired: [...left, ...retired] };
      return { next, written: [...made, ...written], outcomes };
    } catch (error) {
      await nodes.remove(made).catch(() => undefined);
      throw error;
    }
  }

  async #confirmed(root: Root): Promise<Root> {
    const current = await this.#options.root.read();
    if (current.commit === root.commit) return root;
    throw new NodeGone();
  }
}

function newRace(): Race {
  return { losses: 0, end: systemClock.monotonic() + PATIENCE_MS };
}

/** Longer after each lost race, at random, so that writers get out of each other's way. */
function pause(losses: number): Promise<void> {
  const ms = Math.random() * Math.min(100, 2 ** Math.min(losses, 10));
  return new Promise((resolve) => systemClock.setTimer(resolve, losses === 0 ? 0 : ms));
}
