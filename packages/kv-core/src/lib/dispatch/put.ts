import type { Condition, PutWrite, WriteTtl } from '../driver/driver.js';

/** A put as the driver gets it. No literal, for the reason that `listOf` has. */
export class Put implements PutWrite {
  readonly type = 'put';
  readonly key: string;
  readonly condition: Condition;
  readonly value: Uint8Array;
  readonly ttl: WriteTtl;

  constructor(key: string, condition: Condition, value: Uint8Array, ttl: WriteTtl) {
    this.key = key;
    this.condition = condition;
    this.value = value;
    this.ttl = ttl;
  }
}
