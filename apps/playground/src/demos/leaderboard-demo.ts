import type { Leaderboard, Row } from '@grovekv/ext-leaderboard';
import type { Store } from '@grovekv/kv-core';
import { Crew, type Site, type Worker } from '../workers/crew.js';
import type { ScoreReport } from '../workers/messages.js';
import { theBoard, YOU } from '../workers/scorer.js';
import { type Demo, UnknownAction } from './demo.js';
import { EventLog } from './event-log.js';
import { Listeners } from './listeners.js';

const FIRST_WORKERS = 3;
const LOOK_EVERY_MS = 250;
const SHOWN = 10;
const NEIGHBOURS = 3;

/** Worker processes that score on one board, its top, and the neighbours of whoever looks. */
export class LeaderboardDemo implements Demo {
  readonly #board: Leaderboard;
  readonly #crew: Crew<ScoreReport>;
  readonly #listeners = new Listeners();
  readonly #log = new EventLog();
  readonly #points = new Map<number, number>();
  #top: Row[] = [];
  #around: Row[] = [];
  #total = 0;
  #on = false;
  #looking: NodeJS.Timeout | undefined;
  #look: Promise<void> = Promise.resolve();

  constructor(store: Store, site: Site) {
    this.#board = theBoard(store);
    this.#crew = new Crew('score', site, {
      report: (worker, report) => this.#heard(worker, report),
      ended: (worker) => {
        this.#log.add(`${worker.name} was killed.`);
        this.#listeners.changed();
      },
    });
  }

  snapshot(): object {
    return {
      on: this.#on,
      you: YOU,
      top: this.#top,
      around: this.#around,
      total: this.#total,
      workers: this.#crew.workers.map((worker) => ({
        ...worker,
        points: this.#points.get(worker.id) ?? 0,
      })),
      events: this.#log.latest,
    };
  }

  async act(action: string, worker: number | undefined): Promise<void> {
    if (action === 'kill' && worker !== undefined) this.#crew.kill(worker);
    else if (action === 'add' && worker === undefined) this.#add();
    else if (action === 'start' && worker === undefined) this.#turn(true);
    else if (action === 'stop' && worker === undefined) this.#turn(false);
    else if (action === 'score' && worker === undefined) await this.#board.increment(YOU, 1);
    else throw new UnknownAction(action);
    this.#listeners.changed();
  }

  watch(listener: () => void): () => void {
    if (!this.#looking) {
      for (let count = 0; count < FIRST_WORKERS; count += 1) this.#crew.add();
      this.#looking = setInterval(() => {
        this.#look = this.#look.then(() => this.#observe());
      }, LOOK_EVERY_MS);
    }
    const forget = this.#listeners.add(listener);
    return () => {
      forget();
      // Nobody watches: give the machine back.
      if (this.#listeners.size === 0) this.#turn(false);
    };
  }

  async close(): Promise<void> {
    clearInterval(this.#looking);
    this.#listeners.close();
    await this.#look;
    await this.#crew.close();
  }

  #add(): void {
    const worker = this.#crew.add();
    this.#log.add(`${worker.name} joined.`);
    this.#crew.tell(worker.id, { type: 'hammer', on: this.#on });
  }

  #turn(on: boolean): void {
    if (this.#on === on) return;
    this.#on = on;
    this.#crew.tellAll({ type: 'hammer', on });
    this.#log.add(on ? 'The workers started.' : 'The workers stopped.');
  }

  async #observe(): Promise<void> {
    if (this.#listeners.size === 0) return;
    try {
      const [page, around] = await Promise.all([
        this.#board.page({ size: SHOWN }),
        this.#board.around(YOU, NEIGHBOURS),
      ]);
      this.#top = page.rows;
      this.#total = page.total;
      this.#around = around;
    } catch (error) {
      this.#log.add(`The store did not answer: ${error instanceof Error ? error.message : error}`);
    }
    this.#listeners.changed();
  }

  #heard(worker: Worker, report: ScoreReport): void {
    if (report.type === 'failed') this.#log.add(`${worker.name} failed: ${report.message}`);
    if (report.type !== 'scored') return;
    this.#points.set(worker.id, (this.#points.get(worker.id) ?? 0) + report.points);
  }
}
