import { type Check, KvError, type Write } from '@grovekv/kv-core/driver';
import { type Arg, asOwnArg } from './arg.js';
import type { Connection } from './connection.js';
import { keySlot } from './key-slot.js';
import { writeWord } from './write-word.js';

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
  const args: Arg[] = [String(operations.length)];
  for (const { key } of operations) args.push(key);
  args.push(String(checks.length));
  for (const operation of operations) {
    const put = 'type' in operation && operation.type === 'put';
    args.push(writeWord(operation), put ? asOwnArg(operation.value) : '');
  }
  const done = await connection.settle(
    () => connection.commands.groveCommitBuffer(args),
    { due, write: true, slot },
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
