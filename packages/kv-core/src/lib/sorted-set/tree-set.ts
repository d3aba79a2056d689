import { systemClock } from '../clock/clock.js';
import type { ChangeResult, SortedAnswer, SortedChange, SortedQuery } from '../driver/sorted.js';
import { KvError } from '../errors/kv-error.js';
import type { CallOptions, Store } from '../store/store.js';
import { idMaker, timeOfId } from './ids.js';
import { lostNode, NodeGone, NodeStore } from './node-store.js';
import { reachable } from './retire.js';
import { RootRecord } from './root-record.js';
import { Snapshot } from './snapshot.js';
import type { SortedSet, SortedSetOptions } from './sorted-set.js';
import { answerFrom } from './tree-query.js';
import { Writer } from './writer.js';

const PATIENCE_MS = 30_000;

/** Where the nodes of a set are. */
export function nodePrefix(prefix: string, name: string): string {
  return `${prefix}.node:${name.length}:${name}:`;
}

/** A sorted set as a counted B+tree of records: see decisions/0010. */
export class TreeSet implements SortedSet {
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

  query(query: SortedQuery, options?: CallOptions): Promise<SortedAnswer> {
    return this.read((snapshot) => answerFrom(snapshot, query), options);
  }

  /**
   * Runs `body` on the state as it is now: one read for it, and one a level for what is asked. `body` runs
   * again if it took longer than the grace; after half a minute of that it rejects with `CONTENTION`.
   */
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

  async sweep(olderThanMs: number, options?: CallOptions): Promise<number> {
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
