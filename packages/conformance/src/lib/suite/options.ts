import type { Clock, Hook } from '@grovekv/kv-core';
import type { Driver, MaybePromise } from '@grovekv/kv-core/driver';
import type { ConformanceResult } from './result.js';
import type { ThemeName } from './theme.js';

/** What every suite needs to know. */
export interface SuiteOptions {
  /** Stands in the titles and in the table. */
  readonly name: string;
  /**
   * Makes a new client on the same database each time. A test opens several at once and closes all of
   * them. Keys begin with a random prefix, and nothing is ever flushed.
   */
  create(): MaybePromise<Driver>;
  /** The driver can only be open once at a time: tests then share one client. */
  readonly oneClient?: boolean | undefined;
  /** The clock that the driver expires keys by, if it is injected. Needs `advance`. */
  readonly clock?: Clock | undefined;
  /** Moves that clock. Without it the suite waits in real time. */
  readonly advance?: ((ms: number) => MaybePromise<void>) | undefined;
  /** Hooks of the stores under test: everything holds through them as well. */
  readonly hooks?: readonly Hook[] | undefined;
  /** How late in real time a key may expire beyond the driver's resolution. Default 150 ms. */
  readonly slackMs?: number | undefined;
  /** Of all random choices. Default: a new one, printed on failure. */
  readonly seed?: number | undefined;
  /** Why a theme, or `'theme: test'`, is left out. Every reason is printed. */
  readonly skip?: Readonly<Record<string, string>> | undefined;
  /** Hears of every test's end. */
  readonly report?: ((result: ConformanceResult) => void) | undefined;
  /** Where skips are printed. Default `console.info`. */
  readonly log?: ((line: string) => void) | undefined;
}

/** What `driverConformance` and `runConformance` need to know of a driver. */
export interface ConformanceOptions extends SuiteOptions {
  /** Makes the server unreachable and back again, for the tests of outages. */
  readonly outage?: { start(): MaybePromise<void>; stop(): MaybePromise<void> } | undefined;
  /** How many keys the largest batch has. Default 100,000; fewer where that would take minutes. */
  readonly manyKeys?: number | undefined;
  /** Only these themes. */
  readonly themes?: readonly ThemeName[] | undefined;
}
