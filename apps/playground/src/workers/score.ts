import { setTimeout as sleep } from 'node:timers/promises';
import { createLeaderboard, type Leaderboard } from '@grovekv/ext-leaderboard';
import type { Store } from '@grovekv/kv-core';
import { tell } from './parent.js';

/** The board that the workers score on. */
export function theBoard(store: Store): Leaderboard {
  return createLeaderboard(store, 'game', { ranks: 'competition' });
}

/** The player of whoever looks at the page. */
export const YOU = 'You';
const PLAYERS = 200;
const AT_ONCE = 8;
/** Leaves time to read. */
const REST_MS = 100;

/** Gives points to random players, several at once, while it is turned on. */
export class Scorer {
  readonly #board: Leaderboard;
  #on = false;
  #running = false;

  constructor(store: Store) {
    this.#board = theBoard(store);
  }

  turn(on: boolean): void {
    this.#on = on;
    if (on && !this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#on) {
      const turns = Array.from({ length: AT_ONCE }, () => this.#score());
      const points = (await Promise.all(turns)).reduce((sum, each) => sum + each, 0);
      await tell({ type: 'scored', points });
      await sleep(REST_MS);
    }
    this.#running = false;
  }

  async #score(): Promise<number> {
    const player = `Player ${1 + Math.floor(Math.random() ** 2 * PLAYERS)}`;
    const points = 1 + Math.floor(Math.random() * 3);
    try {
      await this.#board.increment(player, points);
      return points;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      await tell({ type: 'failed', message });
      return 0;
    }
  }
}
