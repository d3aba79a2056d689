import type { Store } from '@grovekv/kv-core';
import type { SuiteOptions } from '../suite/options.js';
import { registerTests, type TestRunner } from '../suite/register-tests.js';
import { planConformance } from '../suite/run-conformance.js';
import { leaderboardRacesTheme } from './leaderboard-races-theme.js';
import { leaderboardTheme, PERIODS } from './leaderboard-theme.js';

/** A row of a leaderboard. */
export interface RowUnderTest {
  readonly member: string;
  readonly score: number;
  readonly rank: number;
  readonly data: unknown;
}

/** What the suite asks of a leaderboard; `createLeaderboard` of `@grovekv/ext-leaderboard` makes one. */
export interface LeaderboardUnderTest {
  set(member: string, score: number, data?: unknown): Promise<unknown>;
  increment(member: string, by?: number): Promise<{ readonly score: number }>;
  best(member: string, score: number, data?: unknown): Promise<{ readonly score: number }>;
  setMany(entries: Iterable<{ member: string; score: number }>): Promise<unknown>;
  remove(member: string): Promise<boolean>;
  score(member: string): Promise<number | undefined>;
  rank(member: string): Promise<RowUnderTest | undefined>;
  top(count: number): Promise<RowUnderTest[]>;
  around(member: string, each?: number): Promise<RowUnderTest[]>;
  page(request: {
    readonly page: number;
    readonly size: number;
  }): Promise<{ readonly rows: RowUnderTest[]; readonly total: number }>;
  count(): Promise<number>;
  clear(): Promise<void>;
}

/** The options that the suite gives a leaderboard. Highest first, ties by first achiever. */
export interface LeaderboardSettings {
  readonly ranks: 'ordinal' | 'competition' | 'dense';
  readonly cap?: number | undefined;
  /** For how long what was replaced is kept for readers, if it is kept at all. Milliseconds. */
  readonly graceMs?: number | undefined;
}

/** The board of one period, and when that begins. */
export interface PeriodBoardUnderTest extends LeaderboardUnderTest {
  readonly start: number;
}

/** What the suite asks of boards by period; `createPeriodLeaderboard` makes them. */
export interface PeriodsUnderTest {
  current(): PeriodBoardUnderTest;
  at(time: number): PeriodBoardUnderTest;
  previous(count?: number): PeriodBoardUnderTest;
}

/** What {@link leaderboardConformance} needs. */
export interface LeaderboardConformanceOptions extends SuiteOptions {
  /** Makes the leaderboard of this name on a store; on a volatile driver too. */
  createLeaderboard(
    store: Store,
    name: string,
    settings: LeaderboardSettings,
  ): LeaderboardUnderTest;
  /** Makes one board a period, if there is such a thing. Periods start at multiples of `periodMs`. */
  readonly createPeriods?:
    | ((
        store: Store,
        name: string,
        settings: { readonly periodMs: number; readonly keep: number },
      ) => PeriodsUnderTest)
    | undefined;
}

/**
 * Registers the suite of leaderboards on a driver: the same answers as a sorted array, ties by first
 * achiever, neighbours at both ends, data that goes with its member, boards and periods that do not mix,
 * hostile members and scores; and among several clients and under lost replies, that no update is lost and
 * every answer is from one state.
 */
export function leaderboardConformance(options: LeaderboardConformanceOptions & TestRunner): void {
  const skip = {
    ...(!options.createPeriods && {
      [`leaderboard: ${PERIODS}`]: 'the option createPeriods is not given',
    }),
    ...options.skip,
  };
  const themes = [leaderboardTheme(options), leaderboardRacesTheme(options)];
  registerTests(
    `leaderboards on ${options.name} conform`,
    options,
    planConformance({ ...options, skip }, themes),
  );
}
