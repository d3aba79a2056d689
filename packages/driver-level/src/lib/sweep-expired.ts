import type { Database } from './database.js';
import type { Work } from './job.js';
import { dueRange, readRow } from './layout.js';
import { BYTES } from './level-database.js';
import { isRecord, StoredRecord } from './record.js';

const TIMEOUT_MS = 5_000;

/**
 * Removes up to `limit` records that have expired; answers how many rows of the index it took. A row
 * counts only if the record still expires when the row says.
 */
export async function sweepExpired(
  database: Database,
  limit: number,
  now: number,
): Promise<number> {
  const { level } = database;
  const range = { ...dueRange(now), limit, ...BYTES };
  const names = await database.within(TIMEOUT_MS, () => listNames(level.iterator(range)));
  if (names.length === 0) return 0;
  const rows = names.map((name) => ({ name, ...readRow(name) }));
  const work = {
    touches: (group) => rows.some(({ key }) => group.hasSeen(key)),
    loads: () => rows.map(({ key }) => key),
    size: rows.length,
    sync: false,
    run(group) {
      for (const { name, key, expiresAt } of rows) {
        const bytes = group.load(key);
        const isDue =
          bytes !== undefined && isRecord(bytes) && new StoredRecord(bytes).expiresAt === expiresAt;
        if (isDue) group.delete(key);
        group.deleteRow(name);
      }
    },
  } satisfies Work<void>;
  await database.submit(work, TIMEOUT_MS);
  return rows.length;
}

async function listNames(rows: AsyncIterable<[string, Uint8Array]>): Promise<string[]> {
  const names: string[] = [];
  for await (const [name] of rows) names.push(name);
  return names;
}
