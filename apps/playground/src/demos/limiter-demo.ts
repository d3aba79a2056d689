import { Crew, type Site, type Worker } from '../workers/crew.js';
import { LIMIT, sharedNow, WINDOW_MS } from '../workers/fire.js';
import type { FireReport } from '../workers/messages.js';
import { type Demo, UnknownAction } from './demo.js';
import { EventLog } from './event-log.js';
import { Listeners } from './listeners.js';
import { WindowHistory } from './window-history.js';

const FIRST_WORKERS = 3;
const LOOK_EVERY_MS = 200;
const SHOWN_MS = 12_000;
const POINTS = 120;
/** What was answered is heard of within this time. */
const HEARD_WITHIN_MS = 250;
/** Calls a second of one worker. */
const LEVELS = [0, 2, 5, 10, 25, 50, 100, 250, 500, 1_000];
const FIRST_LEVEL = 4;

interface Tally {
  allowed: number;
  refused: number;
  failed: number;
}

/** Worker processes that fire at one limiter, and what its windows hold. */
export class LimiterDemo implements Demo {
  readonly #crew: Crew<FireReport>;
  readonly #listeners = new Listeners();
  readonly #log = new EventLog();
  readonly #history = new WindowHistory(WINDOW_MS, SHOWN_MS + WINDOW_MS * 2);
  readonly #tallies = new Map<number, Tally>();
  #level = 0;
  #looking: NodeJS.Timeout | undefined;

  constructor(site: Site) {
    this.#crew = new Crew('fire', site, {
      report: (worker, report) => this.#heard(worker, report),
      ended: (worker) => {
        this.#log.add(`${worker.name} was killed.`);
        this.#listeners.changed();
      },
    });
  }

  snapshot(): object {
    const end = sharedNow() - HEARD_WITHIN_MS;
    const step = SHOWN_MS / (POINTS - 1);
    const points = Array.from({ length: POINTS }, (_, index) =>
      this.#history.heldAt(end - (POINTS - 1 - index) * step),
    );
    const tallies = [...this.#tallies.values()];
    const sum = (of: keyof Tally): number => tallies.reduce((total, tally) => total + tally[of], 0);
    return {
      limit: LIMIT,
      windowMs: WINDOW_MS,
      shownMs: SHOWN_MS,
      perWorker: LEVELS[this.#level],
      most: this.#history.most,
      held: points[points.length - 1],
      points,
      allowed: this.#history.total,
      refused: sum('refused'),
      failed: sum('failed'),
      workers: this.#crew.workers.map((worker) => ({ ...worker, ...this.#of(worker.id) })),
      events: this.#log.latest,
    };
  }

  async act(action: string, worker: number | undefined): Promise<void> {
    if (action === 'kill' && worker !== undefined) this.#crew.kill(worker);
    else if (action === 'add' && worker === undefined) this.#add();
    else if (action === 'more' && worker === undefined) this.#turn(this.#level + 1);
    else if (action === 'less' && worker === undefined) this.#turn(this.#level - 1);
    else throw new UnknownAction(action);
    this.#listeners.changed();
  }

  watch(listener: () => void): () => void {
    if (!this.#looking) {
      for (let count = 0; count < FIRST_WORKERS; count += 1) this.#crew.add();
      this.#looking = setInterval(() => {
        if (this.#listeners.size > 0) this.#listeners.changed();
      }, LOOK_EVERY_MS);
    }
    if (this.#listeners.size === 0) this.#turn(FIRST_LEVEL);
    const forget = this.#listeners.add(listener);
    return () => {
      forget();
      // Nobody watches: give the machine back.
      if (this.#listeners.size === 0) this.#turn(0);
    };
  }

  async close(): Promise<void> {
    clearInterval(this.#looking);
    this.#listeners.close();
    await this.#crew.close();
  }

  #add(): void {
    const worker = this.#crew.add();
    this.#crew.tell(worker.id, this.#order());
    this.#log.add(`${worker.name} joined.`);
  }

  #turn(level: number): void {
    const next = Math.max(0, Math.min(LEVELS.length - 1, level));
    if (next === this.#level) return;
    this.#level = next;
    this.#crew.tellAll(this.#order());
    this.#log.add(`Each worker calls ${LEVELS[next]} times a second.`);
  }

  #order() {
    return { type: 'fire', perSecond: LEVELS[this.#level]! } as const;
  }

  #of(worker: number): Tally {
    let tally = this.#tallies.get(worker);
    if (!tally) {
      tally = { allowed: 0, refused: 0, failed: 0 };
      this.#tallies.set(worker, tally);
    }
    return tally;
  }

  #heard(worker: Worker, report: FireReport): void {
    if (report.type !== 'fired') return;
    const tally = this.#of(worker.id);
    tally.allowed += report.admissions.length;
    tally.refused += report.refused;
    tally.failed += report.failed;
    this.#history.add(report.admissions, sharedNow());
  }
}
