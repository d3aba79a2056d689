import type { RangeOptions } from 'lmdb';
import type { Environment } from './environment.js';
import { rowAfter } from './record.js';

/** Whether the expiry index holds a row that is due: one read. */
export function hasExpired(environment: Environment, now: number): boolean {
  const range = { end: rowAfter(now), limit: 1, ...environment.readOptions } as RangeOptions;
  for (const _row of environment.expiry.getKeys(range)) return true;
  return false;
}

/**
 * Removes up to `limit` records that have expired, inside the running transaction; answers how many
 * rows of the index it took. A row counts only if the record still is the one that it was made for.
 */
export function sweepExpired(environment: Environment, limit: number, now: number): number {
  const { entries, expiry, writing } = environment;
  const rows = [...expiry.getRange({ end: rowAfter(now), limit })];
  for (const { key: row, value } of rows) {
    const key = Buffer.from(value).toString('utf8');
    if (writing.load(key) === true && Buffer.compare(writing.row(), row) === 0) {
      entries.removeSync(key);
    }
    expiry.removeSync(row);
  }
  return rows.length;
}
