import {
  type KvError,
  listOf,
  type PutWrite,
  type Write,
  type WriteResult,
} from '@grovekv/kv-core/driver';
import { type Arg, asArg, asOwnArg } from './arg.js';
import { type Connection, Terms } from './connection.js';
import { bySlot, cut, gather, type Limit, Part, partition, type Shape } from './parts.js';
import { AppliedPut, RedisEntry } from './redis-entry.js';
import { replyError } from './redis-error.js';
import { WRITE } from './scripts.js';
import { pushWrite, ttlText } from './write-word.js';

type Written = WriteResult | KvError;
type Send = () => Promise<unknown>;

const MSET_LIMIT: Limit = { items: 1_000, bytes: 4 * 1024 * 1024 };
const SCRIPT_LIMIT: Limit = { items: 128, bytes: 1024 * 1024 };
const SHAPE: Shape<Write> = {
  key: ({ key }) => key,
  bytes: (write) => write.key.length + (write.type === 'put' ? write.value.byteLength : 0),
};

const NOWHERE: readonly number[] = [];
const APPLIED: WriteResult = Object.freeze({ applied: true });
const ABSENT: WriteResult = Object.freeze({
  applied: false,
  current: Object.freeze({ entry: undefined }),
});

/** Puts without a condition go by SET and MSET, deletes by UNLINK, everything else by one script. */
export function writeAll(
  connection: Connection,
  writes: readonly Write[],
  due: number,
): Promise<Written[]> {
  const { nodes } = connection;
  if (!nodes && areAlike(writes)) return writePart(connection, new Part(0, writes, NOWHERE), due);
  const parts = bySlot(writes, SHAPE, nodes !== undefined).flatMap((part) => {
    const [plain, others] = partition(part, isPlain);
    return [...cut(plain, SHAPE, MSET_LIMIT), ...cut(others, SHAPE, SCRIPT_LIMIT)];
  });
  const sent = connection.together(() =>
    parts.map((part) => ({ at: part.at, results: writePart(connection, part, due) })),
  );
  return gather(writes.length, sent);
}

/** Whether all of them can go in one command as they are. */
function areAlike(writes: readonly Write[]): boolean {
  const plain = isPlain(writes[0]!);
  const limit = plain ? MSET_LIMIT : SCRIPT_LIMIT;
  if (writes.length > limit.items) return false;
  let bytes = 0;
  for (const write of writes) {
    bytes += SHAPE.bytes(write);
    if (isPlain(write) !== plain) return false;
  }
  return writes.length === 1 || bytes <= limit.bytes;
}

/** Either plain puts only, or none. */
function writePart(connection: Connection, part: Part<Write>, due: number): Promise<Written[]> {
  const { items, slot } = part;
  const first = items[0]!;
  const native =
    items.length === 1 ? single(connection, first) : isPlain(first) && mset(connection, items);
  if (!native) return byScript(connection, part, due);
  return connection.settle<unknown, Written[]>(
    native,
    new Terms(due, true, slot),
    () => items.map(() => APPLIED),
    (error) => items.map(() => error),
  );
}

/** A put that neither depends on nor keeps anything, which MSET can do. */
function isPlain(write: Write): boolean {
  return write.type === 'put' && write.condition === 'any' && write.ttl === 'none';
}

/** What sends it without a script, if anything does. */
function single({ commands, nodes }: Connection, write: Write): Send | undefined {
  if (write.condition !== 'any' || write.type === 'touch') return undefined;
  const { key } = write;
  if (write.type === 'delete') return () => commands.unlink(key);
  const value = valueArg(write, nodes !== undefined);
  if (write.ttl === 'none') return () => commands.set(key, value);
  if (write.ttl === 'keep') return () => commands.set(key, value, 'KEEPTTL');
  const ttl = ttlText(write.ttl);
  return () => commands.set(key, value, 'PX', ttl);
}

function mset({ commands, nodes }: Connection, puts: readonly Write[]): Send {
  const args = listOf<Arg>();
  for (const put of puts as readonly PutWrite[])
    args.push(put.key, valueArg(put, nodes !== undefined));
  return () => commands.mset(args);
}

/** ioredis copies the bytes as it sends, which on a cluster may be later. */
function valueArg({ value }: PutWrite, later: boolean): Arg {
  return later ? asOwnArg(value) : asArg(value);
}

function byScript(connection: Connection, part: Part<Write>, due: number): Promise<Written[]> {
  const { items, slot } = part;
  const keys = items.map(({ key }) => key);
  const args = listOf<Arg>();
  const whenApplied = items.map((write): WriteResult => {
    const value = pushWrite(args, write);
    return value === undefined || write.condition === 'any' ? APPLIED : new AppliedPut(value);
  });
  return connection.settle<unknown, Written[]>(
    () => connection.script(WRITE, keys, args),
    new Terms(due, true, slot),
    (replies) =>
      replies === 1
        ? whenApplied
        : whenApplied.map((result, index) => written((replies as unknown[])[index], result)),
    (error) => items.map(() => error),
  );
}

function written(reply: unknown, whenApplied: WriteResult): Written {
  if (reply === 1) return whenApplied;
  if (reply === 0) return ABSENT;
  if (!Array.isArray(reply)) return replyError(String(reply));
  const [bytes, pttl] = reply as [Buffer, number];
  return { applied: false, current: { entry: new RedisEntry(bytes, pttl) } };
}
