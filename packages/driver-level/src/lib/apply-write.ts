import {
  type Check,
  type Condition,
  type Entry,
  isKvError,
  KvError,
  type LocalMutation,
  type Write,
  type WriteResult,
  type WriteTtl,
} from '@grovekv/kv-core/driver';
import type { Group } from './group.js';
import { readError } from './level-errors.js';
import { expiryOf, isRecord, newRecord, parseRecord, type StoredRecord } from './record.js';
import { formatVersion, type VersionSource } from './versions.js';

/** A put that applied; its version is put into words only for those who ask. */
class AppliedPut {
  readonly applied = true;
  readonly #epoch: number;
  readonly #counter: number;

  constructor({ epoch, counter }: VersionSource) {
    this.#epoch = epoch;
    this.#counter = counter;
  }

  get version(): string {
    return formatVersion(this.#epoch, this.#counter);
  }
}

const APPLIED: WriteResult = { applied: true };
const ABSENT: WriteResult = { applied: false, current: { entry: undefined } };

/** What the jobs of one call have in common. */
export interface Scene {
  readonly group: Group;
  readonly versions: VersionSource;
  readonly now: number;
}

/** Whether a write does not depend on what stands, not even on its time of expiry. */
function isBlind(write: Write): boolean {
  return write.type === 'put' && write.condition === 'any' && write.ttl === 'none';
}

/** The keys that a job with these items looks at. */
export function loadsOf(items: readonly (Check | Write)[]): string[] {
  return items.filter((item) => !('type' in item && isBlind(item))).map(({ key }) => key);
}

/** The record of a key, expired or not. Foreign bytes only stop what depends on them. */
function load({ group }: Scene, { key }: { key: string }, replaces: boolean) {
  const bytes = group.load(key);
  if (bytes === undefined || (replaces && !isRecord(bytes))) return undefined;
  return parseRecord(bytes, key);
}

function meets(live: StoredRecord | undefined, condition: Condition): boolean {
  if (condition === 'any') return true;
  if (condition === 'absent') return live === undefined;
  if (live === undefined) return false;
  return condition === 'present' || live.version === condition.version;
}

/** Whether what stands is replaced or removed, whatever it is. */
function replaces(item: Check | Write): boolean {
  if (!('type' in item) || item.condition !== 'any') return false;
  return item.type === 'delete' || (item.type === 'put' && item.ttl !== 'keep');
}

/** Whether a check, or the condition of a write, holds. */
export function holds(scene: Scene, item: Check | Write): boolean {
  if (replaces(item)) return true;
  const found = load(scene, item, false);
  const live = found?.isLive(scene.now) ? found : undefined;
  const touches = 'type' in item && item.type === 'touch';
  return (live !== undefined || !touches) && meets(live, item.condition);
}

/** Does one write if its condition holds. */
export function applyWrite(scene: Scene, write: Write): WriteResult {
  const { group, versions, now } = scene;
  if (isBlind(write) && write.type === 'put') {
    // No look at what stands. A row that the expiry index holds for it stays until it is due.
    versions.advance();
    group.put(write.key, newRecord(write.value, 0, versions, group.allocate));
    return new AppliedPut(versions);
  }
  const found = load(scene, write, replaces(write));
  const live = found?.isLive(now) ? found : undefined;
  if (!meets(live, write.condition) || (write.type === 'touch' && live === undefined)) {
    return live === undefined ? ABSENT : { applied: false, current: { entry: live.entry(now) } };
  }
  return store(scene, write, found, live);
}

/** Runs one mutation. */
export function applyMutation(scene: Scene, mutation: LocalMutation): undefined {
  const { now } = scene;
  const { key } = mutation;
  const found = load(scene, { key }, false);
  const live = found?.isLive(now) ? found : undefined;
  const write = decide(mutation, live?.entry(now));
  if (write === undefined) return;
  if (write.key !== key || !meets(live, write.condition)) {
    throw new KvError('INVALID_ARGUMENT', 'a mutation asks for a write that is not of its entry');
  }
  store(scene, write, found, live);
}

function decide(mutation: LocalMutation, current: Entry | undefined) {
  try {
    return mutation.apply(current);
  } catch (error) {
    if (isKvError(error)) throw error;
    throw new KvError('INVALID_ARGUMENT', 'the function of a mutation threw', { cause: error });
  }
}

/** Does a write whose condition is met. `found` is what stands, `live` the same unless it has expired. */
function store(
  { group, versions, now }: Scene,
  write: Write,
  found: StoredRecord | undefined,
  live: StoredRecord | undefined,
): WriteResult {
  const { key } = write;
  const oldExpiry = found?.expiresAt ?? 0;
  const expiresAt = write.type === 'delete' ? 0 : newExpiry(write.ttl, live, now);
  if (oldExpiry !== expiresAt) {
    if (oldExpiry !== 0) group.setRow(oldExpiry, key, false);
    if (expiresAt !== 0) group.setRow(expiresAt, key, true);
  }
  if (write.type === 'delete') {
    group.delete(key);
    return APPLIED;
  }
  if (write.type === 'touch') {
    const touched = live as StoredRecord;
    group.put(key, touched.expiringAt(expiresAt));
    return { applied: true, version: touched.version };
  }
  versions.advance();
  group.put(key, newRecord(write.value, expiresAt, versions, group.allocate));
  return new AppliedPut(versions);
}

function newExpiry(ttl: WriteTtl, live: StoredRecord | undefined, now: number): number {
  if (ttl === 'none') return 0;
  return ttl === 'keep' ? (live?.expiresAt ?? 0) : expiryOf(now, ttl);
}

/** The answer for one item: a failure stands in its place and leaves the others alone. */
export function attempt<T>(run: () => T): T | KvError {
  try {
    return run();
  } catch (error) {
    return isKvError(error) ? error : readError(error);
  }
}
