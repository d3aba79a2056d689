import type { KvError } from '@grovekv/kv-core/driver';
import type { Connection } from './connection.js';
import { MemcachedEntry } from './memcached-entry.js';
import { refused } from './memcached-error.js';
import { OP, STATUS } from './protocol.js';

/** What a read finds. */
export type Read = MemcachedEntry | undefined | KvError;

/** Reads in one round trip: only the last GET is answered in any case, the others if they find something. */
export async function readAll(
  connection: Connection,
  keys: readonly string[],
  due: number,
): Promise<Read[]> {
  const last = keys.length - 1;
  const requests = keys.map((key, index) => ({ op: index < last ? OP.QUIET_GET : OP.GET, key }));
  const found = new Array<Read>(keys.length).fill(undefined);
  const now = Date.now();
  const error = await connection.send(requests, { due, write: false }, (index, reply) => {
    const { status } = reply;
    if (status === STATUS.DONE) found[index] = MemcachedEntry.from(reply, connection.run, now);
    else if (status !== STATUS.MISSING) found[index] = refused(status);
  });
  return error ? found.map((read) => read ?? error) : found;
}
