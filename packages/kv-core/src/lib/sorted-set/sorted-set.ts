import { systemClock } from '../clock/clock.js';
import { checkKeySize } from '../dispatch/check-sizes.js';
import { KvError } from '../errors/kv-error.js';
import type { CallOptions, Store } from '../store/store.js';
import type { ChangeResult, SortedChange } from './change.js';
import type { SortedOrder } from './entry.js';
import { idMaker, LONGEST_ID, timeOfId } from './ids.js';
import { lostNode, NodeGone, NodeStore } from './node-store.js';
import { reachable } from './retire.js';
import { RootRecord } from './root-record.js';
import { Snapshot } from './snapshot.js';
import { Writer } from './writer.js';

/** Options of {@link openSortedSet}. */
export interface SortedSetOptions extends SortedOrder {
  /** Of the keys: `<prefix>:<name>` is the root, `<prefix>.node:…` are the nodes. No colon in it. */
  readonly prefix: string;
  readonly name: string;
  /** The worst beyond so many members are dropped at the end of each commit. Default: none. */
  readonly cap?: number | undefined;
  /** Milliseconds since 1970 by the store's clock at which all of it expires. Default: never. */
  readonly expiresAt?: number | undefined;
  /** Milliseconds that readers of an old state may still find it. Default 10,000. */
  readonly graceMs?: number | undefined;
  /** Decoded nodes kept in this process, some 20 KB each at most. Default 512. */
  readonly cacheNodes?: number | undefined;
  /** Open on a driver that may lose keys. Default: refuse. */
  readonly allowVolatile?: boolean | undefined;
}

/**
 * Members ordered by score, of any number, on any driver: a copy-on-write counted B+tree. Changes are
 * linearizable; what is read through one snapshot is one state. Made for extensions, which check their
 * arguments: members are well-formed strings, scores finite.
 */
export interface SortedSet {
  /**
   * Applies changes in their order, each by itself. Calls that wait are folded into one commit: it reads
   * and writes the nodes on the paths to the members, then swaps the root. Long lists take several
   * commits. An item is an error if it alone was refused.
   */
  change(changes: readonly SortedChange[]): Promise<(ChangeResult | KvError)[]>;
  /** Removes all members. */
  clear(): Promise<void>;
  /**
   * Runs `body` on the state as it is now: one read for it, and one a level for what is asked. `body` runs
   * again if it took longer than the grace; after half a minute of that it rejects with `CONTENTION`.
   */
  read<T>(body: (snapshot: Snapshot) => Promise<T>, options?: CallOptions): Promise<T>;
  /**
   * Removes records older than `olderThanMs` that nothing reaches: what writers left behind that died
   * before they could swap the root. The age is by the clock of who wrote it: `olderThanMs` is more than
   * clocks differ and a commit takes. Answers how many. Lists all keys of the set.
   */
  sweep(olderThanMs?: number, options?: CallOptions): Promise<number>;
}

const HOUR_MS = 3_600_000;
const PATIENCE_MS = 30_000;

/**
 * Opens a sorted set; nothing is read or written yet.
 *
 * @throws KvError `NOT_SUPPORTED` on a volatile driver without `allowVolatile`; `KEY_TOO_LARGE` if the keys
 * of nodes would be over the driver's limit.
 */
export function openSortedSet(store: Store, options: SortedSetOptions): SortedSet {
  const { prefix, name, allowVolatile } = options;
  const { durability, maxKeyBytes, name: driver } = store.capabilities;
  if (durability === 'volatile' && allowVolatile !== true) {
    const text =
      `${driver} may drop any key when it likes, and a dropped node is a hole in the sorted set; ` +
      'allowVolatile: true accepts that it may have to be cleared and filled anew';
    throw new KvError('NOT_SUPPORTED', text, { key: `${prefix}:${name}` });
  }
  // A small set has no nodes: it would meet the limit only when it grows. A namespace comes on top.
  checkKeySize(nodePrefix(prefix, name) + '0'.repeat(LONGEST_ID), maxKeyBytes);
  return new TreeSet(store.raw, options);
}

function nodePrefix(prefix: string, name: string): string {
  return `${prefix}.node:${name.length}:${name}:`;
}

class TreeSet implements SortedSet {
  readonly #store: Store<Uint8Array>;
  readonly #key: string;
  readonly #root: RootRecord;
  readonly #nodes: NodeStore;
  readonly #writer: Writer;

  constructor(store: Store<Uint8Array>, options: SortedSetOptions) {
    const { prefix, name, direction, ties, expiresAt, cap } = options;
    const { graceMs = 10_000, cacheNodes = 512 } = options;
    const key = `${prefix}:${name}`;
    const now = (): number => Math.max(0, Math.floor(store.clock.now()));
    const ttlMs = (): number | undefined =>
      expiresAt === undefined ? undefined : Math.max(1, expiresAt - now());
    // Nodes outlive their root.
    const nodeTtlMs = (): number | undefined => {
      const rest = ttlMs();
      return rest === undefined ? undefined : rest + graceMs;
    };
    const makeId = idMaker();
    const nodes = { store, prefix: nodePrefix(prefix, name), makeId, cacheNodes };
    this.#store = store;
    this.#key = key;
    this.#root = new RootRecord(store, key, { direction, ties });
    this.#nodes = new NodeStore({ ...nodes, ttlMs: nodeTtlMs });
    const shared = { root: this.#root, nodes: this.#nodes, key, cap, graceMs };
    this.#writer = new Writer({ ...shared, makeId, now, ttlMs });
  }

  async change(changes: readonly SortedChange[]): Promise<(ChangeResult | KvError)[]> {
    return changes.length === 0 ? [] : this.#writer.write([...changes]);
  }

  async clear(): Promise<void> {
    await this.#writer.write('clear');
  }

  async read<T>(body: (snapshot: Snapshot) => Promise<T>, options?: CallOptions): Promise<T> {
    const end = systemClock.monotonic() + PATIENCE_MS;
    let gone: string | undefined;
    for (;;) {
      const root = await this.#root.read(options);
      this.#root.check(root);
      try {
        return await body(new Snapshot(root, this.#nodes, options));
      } catch (error) {
        if (!(error instanceof NodeGone)) throw error;
        // A root that was read after it had been missed names it: nobody has retired it.
        if (gone !== undefined && gone === error.id) throw lostNode(this.#key);
        gone = error.id;
        if (systemClock.monotonic() > end) {
          const text = 'the sorted set changes faster than it can be read';
          throw new KvError('CONTENTION', text, { key: this.#key });
        }
      }
    }
  }

  async sweep(olderThanMs: number = HOUR_MS, options?: CallOptions): Promise<number> {
    const limit = this.#store.clock.now() - olderThanMs;
    const candidates: string[] = [];
    for await (const id of this.#nodes.ids(options)) if (timeOfId(id) < limit) candidates.push(id);
    // Listed first: what is reached from the root read now was never garbage.
    let garbage: string[] = [];
    await this.read(async () => {
      const reached = await reachable(await this.#root.read(options), this.#nodes);
      garbage = candidates.filter((id) => !reached.has(id));
    }, options);
    await this.#nodes.remove(garbage);
    return garbage.length;
  }
}
