import type { Store } from '@grovekv/kv-core';
import type { SuiteOptions } from '../suite/options.js';
import { registerTests, type TestRunner } from '../suite/register-tests.js';
import { planConformance } from '../suite/run-conformance.js';
import { leaderboardTheme } from './leaderboard-theme.js';

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
  best(member: string, score: number): Promise<{ readonly score: number }>;
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
}

/** What {@link leaderboardConformance} needs. */
export interface LeaderboardConformanceOptions extends SuiteOptions {
  /** Makes the leaderboard of this name on a store; on a volatile driver too. */
  createLeaderboard(
    store: Store,
    name: string,
    settings: LeaderboardSettings,
  ): LeaderboardUnderTest;
}

/**
 * Registers the suite of leaderboards on a driver: the same answers as a sorted array, no update lost
 * among several clients, ties by first achiever, answers from one state, hostile members and scores, lost
 * replies.
 */
export function leaderboardConformance(options: LeaderboardConformanceOptions & TestRunner): void {
  registerTests(
    `leaderboards on ${options.name} conform`,
    options,
    planConformance(options, [leaderboardTheme(options)]),
  );
}
