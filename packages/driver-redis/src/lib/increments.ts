import {
  type Increment,
  type IncrementResult,
  type KvError,
  listOf,
} from '@grovekv/kv-core/driver';
import { type Connection, Terms } from './connection.js';
import { bySlot, cut, gather, type Limit, type Part, type Shape } from './parts.js';
import { replyError } from './redis-error.js';
import { INCREMENT } from './scripts.js';
import { ttlText } from './write-word.js';

type Incremented = IncrementResult | KvError;

const LIMIT: Limit = { items: 256, bytes: 1024 * 1024 };
const SHAPE: Shape<Increment> = { key: ({ key }) => key, bytes: ({ key }) => key.length };

/** All additions of a slot by one script. */
export function incrementAll(
  connection: Connection,
  increments: readonly Increment[],
  due: number,
): Promise<Incremented[]> {
  const parts = bySlot(increments, SHAPE, connection.nodes !== undefined).flatMap((part) =>
    cut(part, SHAPE, LIMIT),
  );
  const sent = connection.together(() =>
    parts.map((part) => ({ at: part.at, results: incrementPart(connection, part, due) })),
  );
  return gather(increments.length, sent);
}

function incrementPart(
  connection: Connection,
  { items, slot }: Part<Increment>,
  due: number,
): Promise<Incremented[]> {
  const keys = items.map(({ key }) => key);
  const args = listOf<string>();
  for (const increment of items) args.push(String(increment.by), boundsWord(increment));
  return connection.settle<unknown[], Incremented[]>(
    () => connection.script(INCREMENT, keys, args),
    new Terms(due, true, slot),
    (replies) => replies.map(incremented),
    (error) => items.map(() => error),
  );
}

function boundsWord({ min, max, ttlOnCreate }: Increment): string {
  const unbounded = min <= Number.MIN_SAFE_INTEGER && max >= Number.MAX_SAFE_INTEGER;
  if (unbounded && ttlOnCreate === undefined) return '';
  return `${min} ${max} ${ttlOnCreate === undefined ? '' : ttlText(ttlOnCreate)}`;
}

function incremented(reply: unknown): Incremented {
  if (Array.isArray(reply)) return { value: Number(reply[0]), applied: false };
  const text = String(reply);
  return text.startsWith('!') ? replyError(text.slice(1)) : { value: Number(text), applied: true };
}
