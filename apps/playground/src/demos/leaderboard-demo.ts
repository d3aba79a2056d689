import type { Leaderboard, Row } from '@grovekv/ext-leaderboard';
import type { Store } from '@grovekv/kv-core';
import type { Site, Worker } from '../workers/crew.js';
import type { ScoreReport } from '../workers/messages.js';
import { theBoard, YOU } from '../workers/score.js';
import { type Demo, UnknownAction } from './demo.js';
import { SwitchedCrew } from './switched-crew.js';

const SHOWN = 10;
const NEIGHBOURS = 3;

/** Worker processes that score on one board, its top, and the neighbours of whoever looks. */
export class LeaderboardDemo implements Demo {
  readonly #board: Leaderboard;
  readonly #crew: SwitchedCrew<ScoreReport>;
  readonly #points = new Map<number, number>();
  #top: Row[] = [];
  #around: Row[] = [];
  #total = 0;

  constructor(store: Store, site: Site) {
    this.#board = theBoard(store);
    this.#crew = new SwitchedCrew(site, {
      role: 'score',
      first: 3,
      lookEveryMs: 250,
      heard: (worker, report) => this.#heard(worker, report),
      observe: () => this.#observe(),
    });
  }

  snapshot(): object {
    return {
      on: this.#crew.on,
      you: YOU,
      top: this.#top,
      around: this.#around,
      total: this.#total,
      workers: this.#crew.workers(({ id }) => ({ points: this.#points.get(id) ?? 0 })),
      events: this.#crew.events,
    };
  }

  async act(action: string, worker: number | undefined): Promise<void> {
    if (action === 'score' && worker === undefined) await this.#board.increment(YOU, 1);
    else if (!this.#crew.act(action, worker)) throw new UnknownAction(action);
    this.#crew.changed();
  }

  watch(listener: () => void): () => void {
    return this.#crew.watch(listener);
  }

  close(): Promise<void> {
    return this.#crew.close();
  }

  async #observe(): Promise<void> {
    const [page, around] = await Promise.all([
      this.#board.page({ size: SHOWN }),
      this.#board.around(YOU, NEIGHBOURS),
    ]);
    this.#top = page.rows;
    this.#total = page.total;
    this.#around = around;
  }

  #heard(worker: Worker, report: ScoreReport): void {
    if (report.type !== 'scored') return;
    this.#points.set(worker.id, (this.#points.get(worker.id) ?? 0) + report.points);
  }
}
