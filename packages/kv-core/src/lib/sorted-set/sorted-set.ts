import { checkKeySize } from '../dispatch/check-sizes.js';
import type {
  ChangeResult,
  SortedAnswer,
  SortedChange,
  SortedOrder,
  SortedQuery,
} from '../driver/sorted.js';
import { KvError } from '../errors/kv-error.js';
import { senderOf } from '../store/send-command.js';
import type { CallOptions, Store } from '../store/store.js';
import { LONGEST_ID } from './ids.js';
import { NativeSet } from './native-set.js';
import { nodePrefix, TreeSet } from './tree-set.js';

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
 * Members ordered by score, of any number, on any driver: in the driver's own sorted set if it has one and
 * no hook transforms values, else in a copy-on-write counted B+tree. Changes are linearizable; an answer is
 * one state. Made for extensions, which check their arguments: members are well-formed strings, scores
 * finite.
 */
export interface SortedSet {
  /**
   * Applies changes in their order, each by itself. In a tree, calls that wait are folded into one commit:
   * it reads and writes the nodes on the paths to the members, then swaps the root. Long lists take several
   * commits. An item is an error if it alone was refused.
   */
  change(changes: readonly SortedChange[]): Promise<readonly (ChangeResult | KvError)[]>;
  /** Removes all members. */
  clear(): Promise<void>;
  /** Answers from the state as it is now. In a tree one read for it, and one a level for what is asked. */
  query(query: SortedQuery, options?: CallOptions): Promise<SortedAnswer>;
  /**
   * Removes records older than `olderThanMs` that nothing reaches: what writers left behind that died
   * before they could swap the root. The age is by the clock of who wrote it: `olderThanMs` is more than
   * clocks differ and a commit takes. Answers how many. Lists all keys of the set.
   */
  sweep(olderThanMs: number, options?: CallOptions): Promise<number>;
}

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
  const tree = new TreeSet(store.raw, options);
  const send = senderOf(store);
  const isNative = send !== undefined && store.explain('sortedChange').via === 'native';
  return isNative ? new NativeSet(send, store.clock, options, tree) : tree;
}
