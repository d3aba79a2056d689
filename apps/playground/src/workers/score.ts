import { createLeaderboard, type Leaderboard } from '@grovekv/ext-leaderboard';
import type { Store } from '@grovekv/kv-core';
import { tell } from './parent.js';
import { Repeat } from './repeat.js';

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
export function score(store: Store): Repeat {
  const board = theBoard(store);
  return new Repeat(REST_MS, async () => {
    const turns = Array.from({ length: AT_ONCE }, () => scoreOnce(board));
    const points = (await Promise.all(turns)).reduce((sum, each) => sum + each, 0);
    await tell({ type: 'scored', points });
  });
}

async function scoreOnce(board: Leaderboard): Promise<number> {
  const player = `Player ${1 + Math.floor(Math.random() ** 2 * PLAYERS)}`;
  const points = 1 + Math.floor(Math.random() * 3);
  try {
    await board.increment(player, points);
    return points;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    await tell({ type: 'failed', message });
    return 0;
  }
}
