import type { Site, Worker } from '../workers/crew.js';
import { LIMIT, sharedNow, WINDOW_MS } from '../workers/fire.js';
import type { FireReport } from '../workers/messages.js';
import { type Demo, UnknownAction } from './demo.js';
import { DemoCrew } from './demo-crew.js';
import { WindowHistory } from './window-history.js';

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
  readonly #crew: DemoCrew<FireReport>;
  readonly #history = new WindowHistory(WINDOW_MS, SHOWN_MS + WINDOW_MS * 2);
  readonly #tallies = new Map<number, Tally>();
  #level = 0;

  constructor(site: Site) {
    this.#crew = new DemoCrew(site, {
      role: 'fire',
      first: 3,
      lookEveryMs: 200,
      heard: (worker, report) => this.#heard(worker, report),
      unwatched: () => this.#turn(0),
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
      workers: this.#crew.workers(({ id }) => this.#of(id)),
      events: this.#crew.events,
    };
  }

  async act(action: string, worker: number | undefined): Promise<void> {
    if (action === 'more' && worker === undefined) this.#turn(this.#level + 1);
    else if (action === 'less' && worker === undefined) this.#turn(this.#level - 1);
    else if (!this.#crew.act(action, worker)) throw new UnknownAction(action);
    this.#crew.changed();
  }

  watch(listener: () => void): () => void {
    const first = !this.#crew.watched;
    const forget = this.#crew.watch(listener);
    if (first) this.#turn(FIRST_LEVEL);
    return forget;
  }

  close(): Promise<void> {
    return this.#crew.close();
  }

  #turn(level: number): void {
    const next = Math.max(0, Math.min(LEVELS.length - 1, level));
    if (next === this.#level) return;
    this.#level = next;
    this.#crew.tellAll({ type: 'fire', perSecond: LEVELS[next]! });
    this.#crew.log(`Each worker calls ${LEVELS[next]} times a second.`);
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
