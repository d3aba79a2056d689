import type { Store } from '@grovekv/kv-core';
import { checkCount, checkName, checkObject, invalid } from './arguments.js';
import { openBoard } from './create-leaderboard.js';
import type { Leaderboard, LeaderboardOptions } from './leaderboard.js';

/**
 * The length of a period: a word, or milliseconds. All start at multiples of it since 1970, UTC; weeks on
 * Mondays.
 */
export type Period = 'hour' | 'day' | 'week' | number;

/** Options of {@link createPeriodLeaderboard}. */
export interface PeriodLeaderboardOptions extends LeaderboardOptions {
  readonly period: Period;
  /** How many periods can be read back, the running one included, 1 to 10,000. Older ones expire. */
  readonly keep: number;
}

/** The board of one period. */
export interface PeriodBoard<D = unknown> extends Leaderboard<D> {
  /** Its first millisecond, since 1970. */
  readonly start: number;
}

/** A board for each period. */
export interface PeriodLeaderboard<D = unknown> {
  /** The board of the period that runs now, by the store's clock. Ask for it at each use. */
  current(): PeriodBoard<D>;
  /** The board of the period that a time is in; one too old to be kept is empty. */
  at(time: number | Date): PeriodBoard<D>;
  /** The board `count` periods before the running one. Default 1. */
  previous(count?: number): PeriodBoard<D>;
}

const DAY_MS = 86_400_000;
const LENGTHS = { hour: 3_600_000, day: DAY_MS, week: 7 * DAY_MS } as const;
/** 1970 began on a Thursday. */
const FIRST_MONDAY_MS = 4 * DAY_MS;
/** Boards whose queues and caches are kept in this process. */
const MOST_OPEN = 4;

/**
 * Boards by period under `lb.period.<length>.<start>`, each of which expires by itself.
 *
 * @throws KvError as `createLeaderboard`.
 */
export function createPeriodLeaderboard<D = unknown>(
  store: Store,
  name: string,
  options: PeriodLeaderboardOptions,
): PeriodLeaderboard<D> {
  const boards = new PeriodBoards<D>(store, checkName(name), options);
  // What is wrong with the options shows now, not at the first use.
  boards.current();
  return boards;
}

class PeriodBoards<D> implements PeriodLeaderboard<D> {
  readonly #store: Store;
  readonly #name: string;
  readonly #options: PeriodLeaderboardOptions;
  readonly #length: number;
  readonly #offset: number;
  readonly #open = new Map<number, PeriodBoard<D>>();

  constructor(store: Store, name: string, options: PeriodLeaderboardOptions) {
    const { period, keep } = checkObject(options, 'the options');
    this.#store = store;
    this.#name = name;
    this.#options = options;
    this.#length = lengthOf(period);
    this.#offset = period === 'week' ? FIRST_MONDAY_MS : 0;
    checkCount(keep, 'keep', 1, 10_000);
    checkCount((keep + 1) * this.#length, '(keep + 1) periods', 1, 2 ** 52);
  }

  current(): PeriodBoard<D> {
    return this.at(this.#store.clock.now());
  }

  at(time: number | Date): PeriodBoard<D> {
    const moment = time instanceof Date ? time.getTime() : time;
    if (typeof moment !== 'number' || !Number.isFinite(moment))
      throw invalid('a time is a Date or milliseconds since 1970');
    return this.#board(
      Math.floor((moment - this.#offset) / this.#length) * this.#length + this.#offset,
    );
  }

  previous(count = 1): PeriodBoard<D> {
    checkCount(count, 'count', 0, 10_000);
    return this.at(this.#store.clock.now() - count * this.#length);
  }

  #board(start: number): PeriodBoard<D> {
    const known = this.#open.get(start);
    if (known) return known;
    // One period more than is read, for readers whose clock is behind.
    const expiresAt = start + (this.#options.keep + 1) * this.#length;
    const prefix = `lb.period.${this.#length}.${start}`;
    const board = openBoard<D>(this.#store, prefix, this.#name, this.#options, expiresAt);
    const withStart = Object.assign(board, { start });
    this.#open.set(start, withStart);
    if (this.#open.size > MOST_OPEN) this.#open.delete([...this.#open.keys()][0]!);
    return withStart;
  }
}

function lengthOf(period: unknown): number {
  if (typeof period === 'number') return checkCount(period, 'period', 1, Number.MAX_SAFE_INTEGER);
  if (typeof period === 'string' && Object.hasOwn(LENGTHS, period)) {
    return LENGTHS[period as keyof typeof LENGTHS];
  }
  throw invalid("a period is 'hour', 'day', 'week' or milliseconds");
}
