import type { ScanPage, ScanRequest } from '@grovekv/kv-core/driver';
import type { RangeOptions } from 'lmdb';
import type { Environment } from './environment.js';

/** How many expired keys one page steps over: a page stays bounded, also before a sweep. */
const STEP_OVER = 1_000;
const FIRST_KEY = '\u0000';

/** One page of keys in the order of their bytes, from one snapshot. The cursor is the last key seen. */
export function scanKeys(environment: Environment, request: ScanRequest, now: number): ScanPage {
  const { entries, reading, readOptions } = environment;
  const { prefix, cursor, limit } = request;
  const keys: string[] = [];
  let stepsLeft = STEP_OVER;
  const range = entries.getKeys({
    start: cursor ?? (prefix || FIRST_KEY),
    exclusiveStart: cursor !== undefined,
    ...readOptions,
  } as RangeOptions) as Iterable<string>;
  for (const key of range) {
    if (!key.startsWith(prefix)) break;
    const found = reading.load(key);
    if (found === 'foreign' || (found && reading.isLive(now))) keys.push(key);
    else stepsLeft -= 1;
    if (keys.length >= limit || stepsLeft === 0) return { keys, cursor: key };
  }
  return { keys };
}
