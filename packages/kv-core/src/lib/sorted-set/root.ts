import { decodeText, encodeText } from '../codec/text-bytes.js';
import type { SortedOrder } from '../driver/sorted.js';
import { KvError } from '../errors/kv-error.js';
import {
  type Columns,
  corrupt,
  fromColumns,
  isCount,
  isText,
  list,
  parseJson,
  toColumns,
} from './columns.js';
import { EMPTY_LEAF, type Node } from './node.js';

/**
 * Records that the root no longer reaches, from the moment `at` on. `nodes`: just these. `lists`: records
 * that name more nodes. `trees`: these and all below them.
 */
export interface Retired {
  readonly at: number;
  readonly kind: 'nodes' | 'lists' | 'trees';
  readonly ids: readonly string[];
}

/** The one record that is replaced: everything else is immutable and reached from here. */
export interface Root {
  /** The commit that wrote it. No two roots have the same. */
  readonly commit: string;
  /** Counts commits. */
  readonly serial: number;
  /** Commits before, newest first: who is in doubt about a write finds it here. */
  readonly recent: readonly string[];
  readonly order: SortedOrder;
  /** The last seq given. */
  readonly seq: number;
  /** By place, with data. */
  readonly places: Node;
  /** By member, without data. */
  readonly members: Node;
  readonly retired: readonly Retired[];
  /** Whether who wrote it changed nothing, and asks the others to let it. */
  readonly waits: boolean;
}

/** How many commits back a write in doubt can be settled. */
export const MOST_RECENT = 32;

const LETTER = 'R1';
const KINDS = ['nodes', 'lists', 'trees'] as const;
const decoder = new TextDecoder();

/** A set that nobody has written to. */
export function emptyRoot(order: SortedOrder): Root {
  const none = { places: EMPTY_LEAF, members: EMPTY_LEAF, retired: [], waits: false };
  return { commit: '', serial: 0, recent: [], order, seq: 0, ...none };
}

export function encodeRoot(root: Root): Uint8Array {
  const { commit, serial, recent, order, seq, places, members, retired, waits } = root;
  const body: RootColumns = {
    n: serial,
    c: recent,
    o: (order.direction === 'descending' ? 1 : 0) + (order.ties === 'lexical' ? 2 : 0),
    q: seq,
    p: toColumns(places),
    m: toColumns(members),
    g: retired.map(({ at, kind, ids }) => [at, KINDS.indexOf(kind), ids]),
    ...(waits ? { w: 1 } : {}),
  };
  return encodeText(`${LETTER}${commit}\n${JSON.stringify(body)}`);
}

interface RootColumns {
  n: number;
  c: readonly string[];
  o: number;
  q: number;
  p: Columns;
  m: Columns;
  g: (readonly [at: number, kind: number, ids: readonly string[]])[];
  w?: number;
}

/** The commit of a root, without reading the rest. */
export function commitOf(bytes: Uint8Array, key: string): string {
  const end = bytes.indexOf(0x0a);
  const head = end > 0 && end < 64 ? decoder.decode(bytes.subarray(0, end)) : '';
  if (!head.startsWith(LETTER)) throw corrupt('root', key);
  return head.slice(LETTER.length);
}

/** Throws `CORRUPT_VALUE` for bytes that are no root. */
export function decodeRoot(bytes: Uint8Array, key: string): Root {
  const commit = commitOf(bytes, key);
  const text = decodeText(bytes);
  const body = parseJson(text.slice(text.indexOf('\n') + 1), key) as Partial<RootColumns> | null;
  const { n, c, o, q, p, m, g, w } = body ?? {};
  if (!isCount(n) || !isCount(q) || !isCount(o) || o > 3) throw corrupt('root', key);
  const retired = list(g, isRetired, undefined, key) as RootColumns['g'];
  return {
    commit,
    serial: n,
    recent: list(c, isText, undefined, key) as string[],
    order: {
      direction: o & 1 ? 'descending' : 'ascending',
      ties: o & 2 ? 'lexical' : 'first',
    },
    seq: q,
    places: fromColumns(p, key),
    members: fromColumns(m, key),
    retired: retired.map(([at, kind, ids]) => ({ at, kind: KINDS[kind]!, ids })),
    waits: w === 1,
  };
}

/** Refuses a set that was made with another order. */
export function checkOrder({ order }: Root, mine: SortedOrder, key: string): void {
  if (order.direction === mine.direction && order.ties === mine.ties) return;
  const text = `it is stored ${order.direction} with ties ${order.ties}, and was opened ${mine.direction} with ties ${mine.ties}`;
  throw new KvError('INVALID_ARGUMENT', text, { key });
}

function isRetired(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    isCount(value[0]) &&
    KINDS[value[1]] !== undefined &&
    Array.isArray(value[2]) &&
    value[2].every(isText)
  );
}
