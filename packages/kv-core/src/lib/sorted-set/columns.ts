import { decodeText, encodeText } from '../codec/text-bytes.js';
import { KvError } from '../errors/kv-error.js';
import type { SortedEntry } from './entry.js';
import { type Branch, type Child, isLeaf, type Node } from './node.js';

// A node as columns: the engine parses arrays of one type faster, and they are shorter than objects.
// `q` is left out where every seq is 0, `d` where no member has data.

/** A node as JSON can hold it. */
export type Columns =
  | { m: string[]; s: number[]; q?: number[]; d?: [index: number, data: string][] }
  | {
      l: number;
      i: string[];
      c: number[];
      r: number[];
      m: string[];
      s: number[];
      q?: number[];
      z: number[];
    };

const LETTER = 'N1';

/** The record of a node. */
export function encodeNode(node: Node): Uint8Array {
  return encodeText(LETTER + JSON.stringify(toColumns(node)));
}

/** Throws `CORRUPT_VALUE` for bytes that are no node. */
export function decodeNode(bytes: Uint8Array, key: string): Node {
  const text = decodeText(bytes);
  if (!text.startsWith(LETTER)) throw corrupt('node', key);
  return fromColumns(parseJson(text.slice(LETTER.length), key), key);
}

export function toColumns(node: Node): Columns {
  if (isLeaf(node)) {
    const { entries } = node;
    const data: [number, string][] = [];
    entries.forEach((entry, index) => {
      if (entry.data !== undefined) data.push([index, entry.data]);
    });
    return {
      m: entries.map(({ member }) => member),
      s: entries.map(({ score }) => score),
      ...seqColumn(entries),
      ...(data.length > 0 ? { d: data } : {}),
    };
  }
  const { level, children } = node;
  const firsts = children.map(({ first }) => first);
  return {
    l: level,
    i: children.map(({ id }) => id),
    c: children.map(({ count }) => count),
    r: children.map(({ runs }) => runs),
    m: firsts.map(({ member }) => member),
    s: firsts.map(({ score }) => score),
    ...seqColumn(firsts),
    z: children.map(({ lastScore }) => lastScore),
  };
}

export function fromColumns(stored: unknown, key: string): Node {
  const columns = (stored ?? {}) as Record<string, unknown>;
  const members = list(columns.m, isText, undefined, key);
  const size = members.length;
  const scores = list(columns.s, Number.isFinite, size, key) as number[];
  const seqs = columns.q === undefined ? [] : list(columns.q, isCount, size, key);
  const entries: SortedEntry[] = members.map((member, index) => ({
    member: member as string,
    score: scores[index]!,
    seq: (seqs[index] as number | undefined) ?? 0,
  }));
  if (columns.l === undefined) {
    for (const pair of columns.d === undefined ? [] : list(columns.d, isPair, undefined, key)) {
      const [index, data] = pair as [number, string];
      const entry = entries[index];
      if (!entry) throw corrupt('node', key);
      entries[index] = { ...entry, data };
    }
    return { entries };
  }
  if (!isCount(columns.l) || size === 0) throw corrupt('node', key);
  const ids = list(columns.i, isText, size, key);
  const counts = list(columns.c, isCount, size, key);
  const runs = list(columns.r, isCount, size, key);
  const lastScores = list(columns.z, Number.isFinite, size, key);
  const children = entries.map(
    (first, index) =>
      ({
        id: ids[index],
        count: counts[index],
        runs: runs[index],
        first,
        lastScore: lastScores[index],
      }) as Child,
  );
  return { level: columns.l, children } as Branch;
}

export function corrupt(what: string, key: string): KvError {
  return new KvError('CORRUPT_VALUE', `the stored bytes are no ${what} of a sorted set`, { key });
}

export function parseJson(text: string, key: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new KvError('CORRUPT_VALUE', 'the record of a sorted set is damaged', { key, cause });
  }
}

export function isText(value: unknown): value is string {
  return typeof value === 'string';
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

export function list(
  value: unknown,
  test: (item: unknown) => boolean,
  length: number | undefined,
  key: string,
): unknown[] {
  const fits = Array.isArray(value) && (length === undefined || value.length === length);
  if (!fits || !value.every((item) => test(item))) throw corrupt('node', key);
  return value;
}

function isPair(value: unknown): boolean {
  return Array.isArray(value) && isCount(value[0]) && isText(value[1]);
}

function seqColumn(entries: readonly SortedEntry[]): { q?: number[] } {
  return entries.some(({ seq }) => seq !== 0) ? { q: entries.map(({ seq }) => seq) } : {};
}
