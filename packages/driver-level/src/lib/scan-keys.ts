import type { ScanPage, ScanRequest } from '@grovekv/kv-core/driver';
import { keyOfRecord, recordRange } from './layout.js';
import { BYTES, type LevelDatabase } from './level-database.js';
import { isRecord, StoredRecord } from './record.js';

/** How many records one page looks at: a page stays bounded, also before a sweep. */
const LARGEST_PAGE = 1_000;

/** One page of keys in the order of their bytes. The cursor is the last key looked at. */
export async function scanKeys(
  level: LevelDatabase,
  { prefix, cursor, limit: wanted }: ScanRequest,
  now: number,
): Promise<ScanPage> {
  const limit = Math.min(wanted, LARGEST_PAGE);
  const keys: string[] = [];
  let seen = 0;
  let last: string | undefined;
  const range = { ...recordRange(prefix, cursor), ...BYTES, limit };
  for await (const [name, bytes] of level.iterator(range)) {
    seen += 1;
    last = keyOfRecord(name);
    // Foreign bytes are listed: reading them says what they are.
    if (!isRecord(bytes) || new StoredRecord(bytes).isLive(now)) keys.push(last);
  }
  return seen < limit ? { keys } : { keys, cursor: last };
}
