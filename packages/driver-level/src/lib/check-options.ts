import { KvError } from '@grovekv/kv-core/driver';
import type { LevelDriverOptions } from './options.js';

/** @throws KvError `INVALID_ARGUMENT` if the options make no sense. */
export function checkOptions(options: LevelDriverOptions): void {
  const { path, db, sync, sweepIntervalMs: interval, sweepLimit } = options;
  const problems: readonly (readonly [boolean, string])[] = [
    [(path === undefined) === (db === undefined), 'give either path or db'],
    [path !== undefined && (typeof path !== 'string' || path === ''), 'path is a non-empty string'],
    [db !== undefined && typeof db?.batch !== 'function', 'db is a database of the Level family'],
    [sync !== undefined && typeof sync !== 'boolean', 'sync is true or false'],
    [
      interval !== undefined && interval !== false && !(interval > 0),
      'sweepIntervalMs is positive or false',
    ],
    [
      sweepLimit !== undefined && !(Number.isSafeInteger(sweepLimit) && sweepLimit > 0),
      'sweepLimit is a positive integer',
    ],
  ];
  const problem = problems.find(([wrong]) => wrong);
  if (problem) throw new KvError('INVALID_ARGUMENT', `levelDriver: ${problem[1]}`);
}
