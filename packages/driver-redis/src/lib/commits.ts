import { type Check, KvError, type Write } from '@grovekv/kv-core/driver';
import type { Arg } from './arg.js';
import { type Connection, Terms } from './connection.js';
import { keySlot } from './key-slot.js';
import { COMMIT } from './scripts.js';
import { pushWrite } from './write-word.js';

/** All or nothing by one script, which a cluster runs only where all keys share a slot. */
export async function commitAll(
  connection: Connection,
  checks: readonly Check[],
  writes: readonly Write[],
  due: number,
): Promise<boolean> {
  const operations = [...checks, ...writes];
  if (operations.length === 0) return true;
  const slot = connection.nodes ? commonSlot(operations) : 0;
  const keys = operations.map(({ key }) => key);
  const args: Arg[] = [String(checks.length)];
  for (const operation of operations) pushWrite(args, operation);
  const done = await connection.settle(
    () => connection.script(COMMIT, keys, args),
    new Terms(due, true, slot),
    (reply): boolean | KvError => reply === 1,
    (error) => error,
  );
  if (typeof done !== 'boolean') throw done;
  return done;
}

function commonSlot(operations: readonly { readonly key: string }[]): number {
  const [first, ...others] = operations.map(({ key }) => keySlot(key));
  if (others.some((slot) => slot !== first)) {
    throw new KvError(
      'NOT_SUPPORTED',
      'Redis Cluster commits keys of one hash slot only: give them a common {tag}',
    );
  }
  return first!;
}
