import { decodeText, encodeText } from '../codec/text-bytes.js';
import { KvError } from '../errors/kv-error.js';
import type { CallOptions, Store } from '../store/store.js';
import { corrupt, decodeNode, encodeNode, isText, list, parseJson } from './columns.js';
import type { MakeId } from './ids.js';
import type { Node } from './node.js';
import { uncopied } from './uncopied.js';

/** What a node store needs. */
export interface NodeStoreOptions {
  /** On bytes. */
  readonly store: Store<Uint8Array>;
  readonly prefix: string;
  readonly makeId: MakeId;
  /** Decoded nodes kept in this process. */
  readonly cacheNodes: number;
  /** Milliseconds that a record written now has to live. */
  readonly ttlMs: () => number | undefined;
}

/** Records handed to the store in one call: bounds memory and the length of a request. */
const CHUNK = 128;
const LIST = 'L1';

interface Loading {
  readonly options: CallOptions | undefined;
  readonly node: Promise<Node>;
}

/** Thrown where a node is no longer there: the root that named it is old, or a record was lost. */
export class NodeGone extends Error {
  /** Which one; `undefined` if only the root is old. */
  readonly id: string | undefined;

  constructor(id?: string) {
    super();
    this.id = id;
  }
}

/** The immutable records of one set: nodes, and lists of the ids of retired ones. */
export class NodeStore {
  readonly #options: NodeStoreOptions;
  readonly #cache = new Map<string, Node>();
  readonly #loading = new Map<string, Loading>();
  /** Records that wait to be stored together. */
  #staged = new Map<string, Uint8Array>();

  constructor(options: NodeStoreOptions) {
    this.#options = { ...options, store: options.store.with({ codec: uncopied }) };
  }

  /** The node. Loads of one id that are under way for the same call share one read and decode it once. */
  async load(id: string, options?: CallOptions): Promise<Node> {
    const cached = this.#cached(id);
    if (cached) return cached;
    const other = this.#loading.get(id);
    if (other && other.options === options) return other.node;
    const node = this.#read(id, options);
    const loading = { options, node };
    this.#loading.set(id, loading);
    try {
      return await node;
    } finally {
      if (this.#loading.get(id) === loading) this.#loading.delete(id);
    }
  }

  /** Stores nodes under new ids, which no root names yet; the last of them at the next `flush`. */
  async write(nodes: readonly Node[]): Promise<string[]> {
    const ids = await this.#write(nodes.map(encodeNode));
    for (const [index, id] of ids.entries()) this.#keep(id, nodes[index]!);
    return ids;
  }

  /** Stores ids of retired nodes in records of their own; answers the ids of these. */
  writeLists(ids: readonly string[]): Promise<string[]> {
    const size = 2_048;
    const lists: Uint8Array[] = [];
    for (let at = 0; at < ids.length; at += size) {
      lists.push(encodeText(LIST + JSON.stringify(ids.slice(at, at + size))));
    }
    return this.#write(lists);
  }

  /** The ids in a list; none if it is gone. */
  async readList(id: string): Promise<string[]> {
    const key = this.#options.prefix + id;
    const bytes = await this.#options.store.get(key);
    if (!bytes) return [];
    const text = decodeText(bytes);
    if (!text.startsWith(LIST)) throw corrupt('list', key);
    return list(parseJson(text.slice(LIST.length), key), isText, undefined, key) as string[];
  }

  /** Removes records; ids that are gone already are no error. */
  async remove(ids: readonly string[]): Promise<void> {
    const { store, prefix } = this.#options;
    for (const id of ids) {
      this.#cache.delete(id);
      this.#staged.delete(id);
    }
    for (let at = 0; at < ids.length; at += CHUNK) {
      await store.deleteMany(ids.slice(at, at + CHUNK).map((id) => prefix + id));
    }
  }

  /** The ids of all records there are, reachable or not. */
  async *ids(options?: CallOptions): AsyncIterableIterator<string> {
    const { store, prefix } = this.#options;
    for await (const key of store.keys({ ...options, prefix })) yield key.slice(prefix.length);
  }

  /** Stores what waits: to be called before a root names it. */
  async flush(): Promise<void> {
    const { store, prefix, ttlMs } = this.#options;
    const records = [...this.#staged];
    this.#staged = new Map();
    for (let at = 0; at < records.length; at += CHUNK) {
      const entries = records
        .slice(at, at + CHUNK)
        .map(([id, record]) => [prefix + id, record] as const);
      await store.setMany(entries, { ttlMs: ttlMs() ?? 'none' });
    }
  }

  async #write(records: readonly Uint8Array[]): Promise<string[]> {
    const now = this.#options.store.clock.now();
    const ids = records.map((record) => {
      const id = this.#options.makeId(now);
      this.#staged.set(id, record);
      return id;
    });
    if (this.#staged.size >= CHUNK) await this.flush();
    return ids;
  }

  async #read(id: string, options: CallOptions | undefined): Promise<Node> {
    const key = this.#options.prefix + id;
    const bytes = this.#staged.get(id) ?? (await this.#options.store.get(key, options));
    if (!bytes) throw new NodeGone(id);
    const node = decodeNode(bytes, key);
    this.#keep(id, node);
    return node;
  }

  #cached(id: string): Node | undefined {
    const node = this.#cache.get(id);
    if (node) {
      // A Map keeps the order of insertion: the first is the one used longest ago.
      this.#cache.delete(id);
      this.#cache.set(id, node);
    }
    return node;
  }

  #keep(id: string, node: Node): void {
    const { cacheNodes } = this.#options;
    if (cacheNodes === 0) return;
    this.#cache.set(id, node);
    if (this.#cache.size > cacheNodes) {
      const [oldest] = this.#cache.keys();
      this.#cache.delete(oldest!);
    }
  }
}

/** The error for a record that a current root names and that is not there. */
export function lostNode(key: string): KvError {
  const text =
    'a node of the sorted set is missing: it was evicted or deleted by others; clear() starts anew';
  return new KvError('CORRUPT_VALUE', text, { key });
}
