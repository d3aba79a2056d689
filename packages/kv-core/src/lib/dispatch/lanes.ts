import { listOf } from '../driver/list-of.js';
import { timeoutError } from '../errors/errors.js';
import { endOfTick } from './end-of-tick.js';
import type { Task } from './task.js';

/** Idle lanes are kept for the next task on their key until there are so many lanes. */
const MOST_IDLE_LANES = 1_024;

/** A task whose turn comes with less than this share of its time left is not sent any more. */
const LEAST_TIME_LEFT = 0.1;

/** The tasks of one key: those that run and, in order, those that wait. */
class Lane {
  readonly key: string;
  /** Runs that have not ended. */
  running = 0;
  /** Of what kind they are, if more of that kind may start. */
  beside: Task['beside'] = undefined;
  /** Whether what runs tolerates no other. */
  exclusive = false;
  head: Task | undefined = undefined;
  tail: Task | undefined = undefined;
  /** Whether it is on the list of lanes to look at in the next flush. */
  listed = false;
  /** The next one on that list. */
  nextListed: Lane | undefined = undefined;
  /** Whether anything runs, waits or is to be looked at. */
  busy = false;

  constructor(key: string) {
    this.key = key;
  }

  push(task: Task): void {
    if (this.tail) this.tail.next = task;
    else this.head = task;
    this.tail = task;
  }

  /** The first task to run; those settled before they were sent are dropped. */
  first(): Task | undefined {
    while (this.head?.settled && !this.head.started) this.head = unlink(this.head);
    if (!this.head) this.tail = undefined;
    return this.head;
  }

  /** Takes the tasks from `first` on that can run as one. */
  takeRun(first: Task, belongs: (first: Task, task: Task) => boolean): Task[] {
    const run = listOf(first);
    let task = unlink(first);
    while (task && (task.settled || belongs(first, task))) {
      if (!task.settled) run.push(task);
      task = unlink(task);
    }
    this.head = task;
    if (!task) this.tail = undefined;
    return run;
  }
}

/** The task after it, which it does not keep alive any more. */
function unlink(task: Task): Task | undefined {
  const { next } = task;
  task.next = undefined;
  return next;
}

/**
 * Keeps the order of calls on each key: a task starts when no earlier one on its key still runs, except
 * that reads run beside reads. What piles up meanwhile is combined by `start`.
 */
export class Lanes {
  /** Lanes are forgotten by a new map, not one by one, for the reason that {@link Deadlines} is no set. */
  #lanes = new Map<string, Lane>();
  #busy = 0;
  readonly #timeoutMs: number;
  readonly #start: (run: Task[], release: () => void) => void;
  readonly #belongs: (first: Task, task: Task) => boolean;
  readonly #inOneBatch: (work: () => void) => void;
  /** Lanes to look at in the next flush: a chain, since a list would be made anew for each. */
  #firstListed: Lane | undefined;
  #lastListed: Lane | undefined;
  #scheduled = false;
  /** When the tick began: one look at the clock serves all its tasks. */
  #now = 0;
  #idle: (() => void)[] = [];

  /**
   * @param start Starts tasks that belong together, and calls `release` once when they have ended.
   * @param belongs Whether a task can run as one with the first of a run.
   * @param inOneBatch Runs what starts the tasks of a tick.
   */
  constructor(
    timeoutMs: number,
    start: (run: Task[], release: () => void) => void,
    belongs: (first: Task, task: Task) => boolean,
    inOneBatch: (work: () => void) => void,
  ) {
    this.#timeoutMs = timeoutMs;
    this.#start = start;
    this.#belongs = belongs;
    this.#inOneBatch = inOneBatch;
  }

  submit(task: Task): void {
    let lane = this.#lanes.get(task.key);
    if (!lane) {
      if (this.#lanes.size >= this.#busy + MOST_IDLE_LANES) this.#forgetIdle();
      lane = new Lane(task.key);
      this.#lanes.set(task.key, lane);
    }
    if (!lane.busy) {
      lane.busy = true;
      this.#busy += 1;
    }
    lane.push(task);
    this.#list(lane);
    this.#schedule();
    task.deadline = this.#now + this.#timeoutMs;
  }

  /** Whether a task on this key runs or waits. */
  busy(key: string): boolean {
    return this.#busy > 0 && this.#lanes.get(key)?.busy === true;
  }

  /** A run has ended. */
  #release(lane: Lane): void {
    lane.running -= 1;
    if (lane.running > 0) return;
    lane.exclusive = false;
    if (lane.head) {
      this.#list(lane);
      this.#schedule();
    } else {
      this.#rest(lane);
    }
  }

  /** Notes that a lane has nothing to do. A listed one is still looked at, and rests then. */
  #rest(lane: Lane): void {
    if (!lane.busy || lane.running > 0 || lane.head || lane.listed) return;
    lane.busy = false;
    this.#busy -= 1;
    if (this.#busy === 0) this.#wakeIdle();
  }

  #forgetIdle(): void {
    const busy = new Map<string, Lane>();
    for (const [key, lane] of this.#lanes) if (lane.busy) busy.set(key, lane);
    this.#lanes = busy;
  }

  /** Resolves when nothing runs or waits. */
  whenIdle(): Promise<void> {
    if (this.#busy === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#now = performance.now();
    endOfTick.then(this.#flush);
  }

  #list(lane: Lane): void {
    if (lane.listed) return;
    lane.listed = true;
    if (this.#lastListed) this.#lastListed.nextListed = lane;
    else this.#firstListed = lane;
    this.#lastListed = lane;
  }

  #flush = (): void => {
    this.#scheduled = false;
    this.#inOneBatch(this.#advanceReady);
  };

  #advanceReady = (): void => {
    let lane = this.#firstListed;
    this.#firstListed = undefined;
    this.#lastListed = undefined;
    while (lane) {
      const next: Lane | undefined = lane.nextListed;
      lane.nextListed = undefined;
      lane.listed = false;
      this.#advance(lane);
      lane = next;
    }
  };

  #advance(lane: Lane): void {
    const tooLate = this.#now + this.#timeoutMs * LEAST_TIME_LEFT;
    while (!lane.exclusive) {
      const first = lane.first();
      if (!first) break;
      if (first.deadline < tooLate) {
        first.fail(timeoutError(this.#timeoutMs, 'none', first.key));
        continue;
      }
      const { beside } = first;
      if (lane.running > 0 && (beside === undefined || beside !== lane.beside)) return;
      const run = lane.takeRun(first, this.#belongs);
      lane.running += 1;
      lane.beside = beside;
      lane.exclusive = beside === undefined;
      for (const task of run) task.started = true;
      this.#start(run, () => this.#release(lane));
    }
    this.#rest(lane);
  }

  #wakeIdle(): void {
    const waiting = this.#idle;
    this.#idle = [];
    for (const resolve of waiting) resolve();
  }
}
