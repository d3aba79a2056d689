import type { Store } from '@grovekv/kv-core';
import { openSortedSet } from '@grovekv/kv-core/sorted-set';
import { checkCount, checkName, checkWord, invalid } from './arguments.js';
import type { Leaderboard, LeaderboardOptions } from './leaderboard.js';
import { SortedBoard } from './sorted-board.js';

/**
 * A board of members by score, under `lb:<name>` and, when it has outgrown one record, nodes under
 * `lb.node:`. Nothing is read or written before the first call.
 *
 * @throws KvError `NOT_SUPPORTED` on a volatile driver without `allowVolatile`; `INVALID_KEY`,
 * `KEY_TOO_LARGE`, `INVALID_ARGUMENT`.
 */
export function createLeaderboard<D = unknown>(
  store: Store,
  name: string,
  options: LeaderboardOptions = {},
): Leaderboard<D> {
  return openBoard<D>(store, 'lb', checkName(name), options);
}

/** A board under a prefix, that may expire. */
export function openBoard<D>(
  store: Store,
  prefix: string,
  name: string,
  options: LeaderboardOptions,
  expiresAt?: number,
): Leaderboard<D> {
  if (typeof options !== 'object' || options === null) throw invalid('options are an object');
  const { order = 'descending', ties = 'first', ranks = 'ordinal', cap, allowVolatile } = options;
  const set = openSortedSet(store, {
    prefix,
    name,
    expiresAt,
    allowVolatile,
    direction: checkWord(order, ['descending', 'ascending'], 'order'),
    ties: checkWord(ties, ['first', 'lexical'], 'ties'),
    cap: cap === undefined ? undefined : checkCount(cap, 'cap', 1, 100_000_000),
    graceMs: checkCount(options.graceMs ?? 10_000, 'graceMs', 1, 3_600_000),
    cacheNodes: checkCount(options.cacheNodes ?? 512, 'cacheNodes', 0, 100_000),
  });
  const kind = checkWord(ranks, ['ordinal', 'competition', 'dense'], 'ranks');
  return new SortedBoard<D>(set, kind, order === 'descending');
}
