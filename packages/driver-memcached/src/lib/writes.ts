import { KvError, type Write, type WriteResult } from '@grovekv/kv-core/driver';
import type { Connection } from './connection.js';
import { livingFor, livingUntil } from './expiry.js';
import type { MemcachedEntry } from './memcached-entry.js';
import { refused } from './memcached-error.js';
import { type Item, OP, type Reply, type Request, STATUS } from './protocol.js';
import { readAll } from './reads.js';
import { fromVersion, toVersion } from './version.js';

type Result = WriteResult | KvError;

/** How often a write that had to read first is tried before it gives up. */
const ATTEMPTS = 64;

const ABSENT: WriteResult = { applied: false, current: { entry: undefined } };
const CONFLICT: WriteResult = { applied: false };
const APPLIED: WriteResult = { applied: true };

/** Applied; the version becomes text only when asked for. */
class Stored {
  readonly applied = true;
  readonly #cas: bigint;
  readonly #run: string;
  readonly #expiresAt: number | undefined;

  constructor(cas: bigint, run: string, expiresAt: number | undefined) {
    this.#cas = cas;
    this.#run = run;
    this.#expiresAt = expiresAt;
  }

  get version(): string {
    return toVersion(this.#cas, this.#run, this.#expiresAt);
  }
}

/**
 * One command per write in one round trip. Writes that depend on what is stored in a way which no
 * command expresses are read and then swapped on condition that nothing has changed.
 */
export async function writeAll(
  connection: Connection,
  writes: readonly Write[],
  due: number,
): Promise<Result[]> {
  const now = Date.now();
  const results = new Array<Result>(writes.length);
  const direct = new Steps(writes);
  const swaps: number[] = [];
  writes.forEach((write, index) => {
    const plan = toPlan(write, connection.run, now);
    if (plan === 'swap') swaps.push(index);
    else if (isResult(plan)) results[index] = plan;
    else direct.add(index, plan);
  });
  const swapped = swaps.length > 0 ? swapAll(connection, writes, swaps, results, due) : undefined;
  await direct.send(connection, results, due);
  await swapped;
  return results;
}

/** The command that does it, the result if that is certain, or `swap` if it takes a read first. */
function toPlan(write: Write, run: string, now: number): Request | WriteResult | 'swap' {
  const { type, key, condition } = write;
  if (type === 'touch') return 'swap';
  const token = typeof condition === 'object' ? fromVersion(condition.version, run) : undefined;
  if (typeof condition === 'object' && !token) return CONFLICT;
  if (type === 'delete') {
    return condition === 'absent' ? 'swap' : { op: OP.DELETE, key, cas: token?.cas };
  }
  const { value, ttl } = write;
  if (ttl === 'keep') {
    if (token) return toSwap(key, token.cas, livingUntil(value, token.expiresAt, now));
    if (condition !== 'absent') return 'swap';
  }
  const item = livingFor(value, ttl === 'keep' ? 'none' : ttl, now);
  const op = condition === 'absent' ? OP.ADD : condition === 'present' ? OP.REPLACE : OP.SET;
  return { op, key, cas: token?.cas, item };
}

/** Storing an item whose time is over, and its going at once, is a delete. */
function toSwap(key: string, cas: bigint, item: Item | undefined): Request {
  return item ? { op: OP.SET, key, cas, item } : { op: OP.DELETE, key, cas };
}

/** Commands under way, each with the place of its write. */
class Steps {
  readonly #writes: readonly Write[];
  readonly #requests: Request[] = [];
  readonly #places: number[] = [];

  constructor(writes: readonly Write[]) {
    this.#writes = writes;
  }

  add(place: number, request: Request): void {
    this.#requests.push(request);
    this.#places.push(place);
  }

  /** The server answers in order, so what has no answer before one that has is done, if it is quiet. */
  async send(connection: Connection, results: Result[], due: number): Promise<void> {
    const places = this.#places;
    const last = places.length - 1;
    if (last < 0) return;
    const requests = this.#requests;
    for (let index = 0; index < last; index += 1) {
      const { op, key, cas, item } = requests[index]!;
      // Nobody waits for the version of such a one.
      if (op === OP.SET && cas === undefined)
        requests[index] = { op: OP.QUIET_SET, key, cas, item };
    }
    let answered = 0;
    const quietUntil = (end: number): void => {
      for (; answered < end; answered += 1) results[places[answered]!] = APPLIED;
    };
    const error = await connection.send(requests, { due, write: true }, (index, reply) => {
      const place = places[index]!;
      quietUntil(index);
      results[place] = toResult(this.#writes[place]!, requests[index]!, reply, connection.run);
      answered = index + 1;
    });
    if (error) for (const place of places.slice(answered)) results[place] = error;
  }
}

function toResult(write: Write, { item }: Request, reply: Reply, run: string): Result {
  const { status } = reply;
  switch (status) {
    case STATUS.DONE:
      return item ? new Stored(reply.cas, run, item.expiresAt) : APPLIED;
    case STATUS.MISSING:
      return write.type === 'delete' && write.condition === 'any' ? APPLIED : ABSENT;
    case STATUS.EXISTS:
    case STATUS.NOT_STORED:
      return CONFLICT;
    default:
      return refused(status);
  }
}

/** Reads and swaps, again for those that somebody else changed in between. */
async function swapAll(
  connection: Connection,
  writes: readonly Write[],
  places: readonly number[],
  results: Result[],
  due: number,
): Promise<void> {
  let open = places;
  for (let attempt = 0; attempt < ATTEMPTS && open.length > 0; attempt += 1) {
    const reads = await readAll(
      connection,
      open.map((place) => writes[place]!.key),
      due,
    );
    const now = Date.now();
    const steps = new Steps(writes);
    const sent: number[] = [];
    open.forEach((place, index) => {
      const read = reads[index];
      const next = read instanceof KvError ? read : decide(writes[place]!, read, now);
      if (isResult(next)) {
        results[place] = next;
        return;
      }
      steps.add(place, next);
      sent.push(place);
    });
    await steps.send(connection, results, due);
    open = sent.filter((place) => isConflict(results[place]!));
  }
  for (const place of open) {
    results[place] = new KvError('CONTENTION', `lost ${ATTEMPTS} times in a row`);
  }
}

/** What a write comes to, given what is stored. */
function decide(
  write: Write,
  entry: MemcachedEntry | undefined,
  now: number,
): Request | WriteResult {
  const { type, key, condition } = write;
  const met =
    condition === 'any' ||
    (entry === undefined
      ? condition === 'absent'
      : condition === 'present' || isVersionOf(condition, entry));
  if (!met || (type === 'touch' && !entry)) return { applied: false, current: { entry } };
  if (type === 'delete') return APPLIED;
  if (type === 'put') {
    if (entry) return toSwap(key, entry.cas, livingUntil(write.value, entry.expiresAt, now));
    return { op: OP.ADD, key, item: livingFor(write.value, 'none', now) };
  }
  return { op: OP.SET, key, cas: entry!.cas, item: livingFor(entry!.value, write.ttl, now) };
}

function isVersionOf(condition: Write['condition'], entry: MemcachedEntry): boolean {
  return typeof condition === 'object' && condition.version === entry.version;
}

function isResult<T extends object>(it: T | Result): it is Result {
  return it instanceof KvError || 'applied' in it;
}

function isConflict(result: Result): boolean {
  return !(result instanceof KvError) && !result.applied && result.current?.entry === undefined;
}
