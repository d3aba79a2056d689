import type { Increment } from '../driver/driver.js';

/** An increment as the driver gets it. No literal, for the reason that `listOf` has. */
export class Addition implements Increment {
  readonly key: string;
  readonly by: number;
  readonly min: number;
  readonly max: number;
  readonly ttlOnCreate: number | undefined;

  constructor(key: string, by: number, min: number, max: number, ttlOnCreate: number | undefined) {
    this.key = key;
    this.by = by;
    this.min = min;
    this.max = max;
    this.ttlOnCreate = ttlOnCreate;
  }
}
