import type { TestContext } from './test-context.js';

/** The themes in the order in which they run. */
export const themeNames = [
  'basics',
  'keys',
  'values',
  'ttl',
  'conditions',
  'batch',
  'order',
  'scan',
  'increment',
  'mutate',
  'sorted set',
  'commit',
  'lifecycle',
  'errors',
  'limits',
  'races',
  'histories',
  'faults',
] as const;

/** A theme of the driver suite. */
export type ThemeName = (typeof themeNames)[number];

/**
 * What a test cannot do without.
 *
 * - `increment`, `mutate`, `sortedSet`, `versionOf`: the driver has this method.
 * - `scan`, `ordered scan`, `commit`: its traits declare it.
 * - `several clients`: `create` may be called while another client is open.
 * - `durable`: its traits say so.
 * - `plain store`: no hooks were given, so that the store's bytes are the driver's.
 * - `real time`: the clock is the system's.
 * - `outage`: the option is given.
 */
export type Need =
  | 'increment'
  | 'mutate'
  | 'sortedSet'
  | 'versionOf'
  | 'scan'
  | 'ordered scan'
  | 'commit'
  | 'several clients'
  | 'durable'
  | 'plain store'
  | 'real time'
  | 'outage';

/** One promise and the code that tries it. */
export interface ConformanceTest {
  readonly name: string;
  readonly needs?: readonly Need[] | undefined;
  run(context: TestContext): Promise<void>;
}

/** The tests of one subject, as data. */
export interface Theme {
  readonly name: string;
  readonly tests: readonly ConformanceTest[];
}
