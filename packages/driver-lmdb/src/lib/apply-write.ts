import {
  type Check,
  type Condition,
  type DeleteWrite,
  type Entry,
  isKvError,
  KvError,
  type LocalMutation,
  type PutWrite,
  type Version,
  type Write,
  type WriteResult,
} from '@grovekv/kv-core/driver';
import type { Environment } from './environment.js';
import { keyError } from './keys.js';
import {
  expiryOf,
  foreignError,
  HEADER_BYTES,
  rowOf,
  setExpiresAt,
  writeRecord,
} from './record.js';
import { formatVersion, type VersionSource } from './versions.js';

/**
 * The largest value: lmdb hands records over by copy up to 16 MiB, and beyond that as a view of its
 * memory, which is not safe inside a transaction.
 */
export const MAX_VALUE_BYTES = 16 * 1024 * 1024 - 1024;

/** A put that applied; its version is put into words only for those who ask. */
class AppliedPut {
  readonly applied = true;
  private readonly epoch: number;
  private readonly counter: number;

  constructor(epoch: number, counter: number) {
    this.epoch = epoch;
    this.counter = counter;
  }

  get version(): Version {
    return formatVersion(this.epoch, this.counter);
  }
}

const APPLIED: WriteResult = { applied: true };
const ABSENT: WriteResult = { applied: false, current: { entry: undefined } };

/** A put with its record built at the time of the call: the caller's bytes may change later. */
export interface Prepared<W extends Write = Write> {
  readonly write: W;
  readonly record: Buffer | undefined;
  readonly epoch: number;
  readonly counter: number;
}

/** Why a write cannot be stored, or `undefined`. */
function writeProblem(write: Write): KvError | undefined {
  const problem = keyError(write.key);
  if (problem !== undefined) return problem;
  if (write.type === 'put' && write.value.byteLength > MAX_VALUE_BYTES) {
    return new KvError('VALUE_TOO_LARGE', `the value is over ${MAX_VALUE_BYTES} bytes`);
  }
  return undefined;
}

/** Checks the writes and builds the records of the puts, in one piece of memory. */
export function prepare(writes: readonly Write[], versions: VersionSource): (Prepared | KvError)[] {
  let total = 0;
  const prepared: (Prepared | KvError)[] = writes.map((write) => {
    const problem = writeProblem(write);
    if (problem !== undefined) return problem;
    if (write.type !== 'put') return { write, record: undefined, epoch: 0, counter: 0 };
    total += HEADER_BYTES + write.value.byteLength;
    return { write, record: undefined, epoch: 0, counter: 0 };
  });
  if (total === 0) return prepared;
  const memory = Buffer.allocUnsafeSlow(total);
  let offset = 0;
  for (let index = 0; index < prepared.length; index += 1) {
    const item = prepared[index]!;
    if (item instanceof Error || item.write.type !== 'put') continue;
    const built = build(item.write, versions, memory, offset);
    prepared[index] = built;
    offset += built.record!.byteLength;
  }
  return prepared;
}

/** Builds the record of one put. */
function build(
  write: PutWrite,
  versions: VersionSource,
  memory = Buffer.allocUnsafeSlow(HEADER_BYTES + write.value.byteLength),
  offset = 0,
): Prepared<PutWrite> {
  versions.advance();
  const { epoch, counter } = versions;
  writeRecord(memory, offset, write.value, epoch, counter);
  const end = offset + HEADER_BYTES + write.value.byteLength;
  return { write, record: memory.subarray(offset, end), epoch, counter };
}

/** Whether the record that `environment.writing` has loaded meets a condition. */
function meets(environment: Environment, condition: Condition, live: boolean): boolean {
  if (condition === 'any') return true;
  if (condition === 'absent') return !live;
  if (!live) return false;
  return condition === 'present' || environment.writing.version() === condition.version;
}

/** Whether an operation is the same whatever stands there. */
function isBlind(item: Check | Write): boolean {
  if (!('type' in item) || item.condition !== 'any') return false;
  return item.type === 'delete' || (item.type === 'put' && item.ttl !== 'keep');
}

/** Whether a check, or the condition of a write, holds in the running transaction. */
export function holds(environment: Environment, item: Check | Write, now: number): boolean {
  if (isBlind(item)) return true;
  const found = environment.writing.load(item.key);
  if (found === 'foreign') throw foreignError(item.key);
  const live = found && environment.writing.isLive(now);
  const touches = 'type' in item && item.type === 'touch';
  return (live || !touches) && meets(environment, item.condition, live);
}

/** Does one write inside the running transaction. */
export function applyWrite(environment: Environment, item: Prepared, now: number): WriteResult {
  const { entries, writing } = environment;
  const { write } = item;
  if (write.type === 'put' && write.condition === 'any' && write.ttl === 'none') {
    // No look at what stands. A row that the expiry index holds for it stays until it is due.
    entries.putSync(write.key, item.record!);
    return new AppliedPut(item.epoch, item.counter);
  }
  const found = writing.load(write.key);
  if (found === 'foreign' && !isBlind(write)) throw foreignError(write.key);
  const live = found === true && writing.isLive(now);
  if (!meets(environment, write.condition, live) || (write.type === 'touch' && !live)) {
    return live ? { applied: false, current: { entry: writing.entry(now) } } : ABSENT;
  }
  return store(environment, item, found !== false, live, now);
}

/** Runs one mutation inside the running transaction. */
export function applyMutation(
  environment: Environment,
  mutation: LocalMutation,
  versions: VersionSource,
  now: number,
): undefined {
  const { writing } = environment;
  const { key } = mutation;
  const problem = keyError(key);
  if (problem !== undefined) throw problem;
  const found = writing.load(key);
  if (found === 'foreign') throw foreignError(key);
  const live = found && writing.isLive(now);
  const write = decide(mutation, live ? writing.entry(now) : undefined);
  if (write === undefined) return;
  const unfit = writeProblem(write);
  if (unfit !== undefined) throw unfit;
  if (write.key !== key || !meets(environment, write.condition, live)) {
    throw new KvError('INVALID_ARGUMENT', 'a mutation asks for a write that is not of its entry');
  }
  const plain = { write, record: undefined, epoch: 0, counter: 0 };
  store(environment, write.type === 'put' ? build(write, versions) : plain, found, live, now);
}

function decide(
  mutation: LocalMutation,
  current: Entry | undefined,
): PutWrite | DeleteWrite | undefined {
  try {
    return mutation.apply(current);
  } catch (error) {
    if (isKvError(error)) throw error;
    throw new KvError('INVALID_ARGUMENT', 'the function of a mutation threw', { cause: error });
  }
}

/** Does a write whose condition is met, on the key that `environment.writing` has loaded. */
function store(
  environment: Environment,
  item: Prepared,
  found: boolean,
  live: boolean,
  now: number,
): WriteResult {
  const { entries, expiry, writing } = environment;
  const { write } = item;
  const oldExpiry = writing.expiresAt;
  const oldRow = oldExpiry === 0 ? undefined : writing.row();

  if (write.type === 'delete') {
    if (found) entries.removeSync(write.key);
    if (oldRow !== undefined) expiry.removeSync(oldRow);
    return APPLIED;
  }

  const record = write.type === 'touch' ? writing.copy() : item.record!;
  let expiresAt = 0;
  if (typeof write.ttl === 'number') expiresAt = expiryOf(now, write.ttl);
  else if (write.ttl === 'keep' && live) expiresAt = oldExpiry;
  if (expiresAt !== 0 || write.type === 'touch') setExpiresAt(record, expiresAt);
  entries.putSync(write.key, record);
  if (oldRow !== undefined) expiry.removeSync(oldRow);
  if (expiresAt !== 0) expiry.putSync(rowOf(record), Buffer.from(write.key));
  if (write.type === 'touch') return { applied: true, version: writing.version() };
  return new AppliedPut(item.epoch, item.counter);
}
