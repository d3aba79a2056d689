import type {
  Condition,
  DeleteWrite,
  Entry,
  PutWrite,
  Write,
  WriteResult,
} from '../driver/driver.js';
import type { FoldedWrite } from './fold.js';
import { type Believed, type Hints, Seen } from './hints.js';
import { Put } from './put.js';

/** The fold's write, on a condition. */
export function writeTo(
  key: string,
  condition: Condition,
  write: FoldedWrite,
): PutWrite | DeleteWrite {
  return write.type === 'put'
    ? new Put(key, condition, write.value, write.ttl)
    : { type: 'delete', key, condition };
}

/** Notes what is stored since the write was applied. */
export function remember(
  hints: Hints,
  write: Write,
  before: Entry | undefined,
  ttlKnown: boolean,
  result: WriteResult & { applied: true },
  believed?: Believed,
): void {
  // Some drivers compute the version when it is asked for.
  const { version } = result;
  if (write.type === 'delete') {
    hints.keep(write.key, undefined, true, believed);
  } else if (write.type === 'put' && version !== undefined) {
    const ttlMs =
      write.ttl === 'keep' ? before?.ttlMs : write.ttl === 'none' ? undefined : write.ttl;
    const entry = new Seen(write.value, version, ttlMs);
    hints.keep(write.key, entry, ttlKnown || write.ttl !== 'keep', believed);
  }
}
