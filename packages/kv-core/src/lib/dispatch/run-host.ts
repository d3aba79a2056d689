import type { Driver } from '../driver/driver.js';
import type { Batcher } from './batcher.js';
import type { Hints } from './hints.js';

/** What a run needs from the dispatcher. */
export interface RunHost {
  readonly driver: Driver;
  readonly batcher: Batcher;
  readonly hints: Hints;
}
