import type { CallOptions } from '../store/store.js';
import type { Compare, SortedEntry } from './entry.js';
import { type Branch, isLeaf, type Node } from './node.js';
import type { NodeStore } from './node-store.js';

/** How far into a tree something is. */
export interface Place {
  /** Entries before it. */
  readonly index: number;
  /** Different scores among these. */
  readonly runs: number;
}

/**
 * How many entries there are before the first for which `isBefore` is false; it must be true for some
 * first ones and false for the rest. Reads one node a level.
 */
export async function locate(
  top: Node,
  isBefore: (entry: SortedEntry) => boolean,
  nodes: NodeStore,
  options?: CallOptions,
): Promise<Place> {
  let [index, runs] = [0, 0];
  let lastScore: number | undefined;
  let node = top;
  while (!isLeaf(node)) {
    const { children } = node;
    const inside = Math.max(0, firstNot(children, ({ first }) => isBefore(first)) - 1);
    for (const child of children.slice(0, inside)) {
      index += child.count;
      runs += child.runs - (child.first.score === lastScore ? 1 : 0);
      lastScore = child.lastScore;
    }
    node = await nodes.load(children[inside]!.id, options);
  }
  const inside = firstNot(node.entries, isBefore);
  for (const { score } of node.entries.slice(0, inside)) {
    if (score !== lastScore) runs += 1;
    lastScore = score;
  }
  return { index: index + inside, runs };
}

/** The entries from index `start` up to `end`, in order. Reads each node once, a level at a time. */
export async function slice(
  top: Node,
  start: number,
  end: number,
  nodes: NodeStore,
  options?: CallOptions,
): Promise<SortedEntry[]> {
  if (start >= end) return [];
  if (isLeaf(top)) return top.entries.slice(start, end);
  const parts: Promise<SortedEntry[]>[] = [];
  let passed = 0;
  for (const { id, count } of top.children) {
    const [from, to] = [start - passed, end - passed];
    passed += count;
    if (to <= 0) break;
    if (from >= count) continue;
    const load = async (): Promise<SortedEntry[]> => {
      const node = await nodes.load(id, options);
      return slice(node, Math.max(0, from), Math.min(count, to), nodes, options);
    };
    parts.push(load());
  }
  return (await Promise.all(parts)).flat();
}

/** The entries that are equal to the given ones, in their order. Reads each node once. */
export async function findMany(
  top: Node,
  wanted: readonly SortedEntry[],
  compare: Compare,
  nodes: NodeStore,
  options?: CallOptions,
): Promise<(SortedEntry | undefined)[]> {
  if (isLeaf(top)) {
    const { entries } = top;
    return wanted.map((entry) => {
      const found = entries[firstNot(entries, (other) => compare(other, entry) < 0)];
      return found && compare(found, entry) === 0 ? found : undefined;
    });
  }
  const groups = new Map<string, number[]>();
  wanted.forEach((entry, index) => {
    const { id } = childFor(top, entry, compare);
    const group = groups.get(id);
    if (group) group.push(index);
    else groups.set(id, [index]);
  });
  const found = new Array<SortedEntry | undefined>(wanted.length);
  const visit = async ([id, indexes]: [string, number[]]): Promise<void> => {
    const node = await nodes.load(id, options);
    const part = indexes.map((index) => wanted[index]!);
    const entries = await findMany(node, part, compare, nodes, options);
    indexes.forEach((index, at) => {
      found[index] = entries[at];
    });
  };
  const visits = [...groups];
  for (let at = 0; at < visits.length; at += AT_A_TIME) {
    await Promise.all(visits.slice(at, at + AT_A_TIME).map(visit));
  }
  return found;
}

const AT_A_TIME = 64;

function childFor({ children }: Branch, entry: SortedEntry, compare: Compare) {
  const after = firstNot(children, ({ first }) => compare(first, entry) <= 0);
  return children[Math.max(0, after - 1)]!;
}

/** By bisection, the first index whose item does not pass. */
function firstNot<T>(items: readonly T[], passes: (item: T) => boolean): number {
  let [low, high] = [0, items.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (passes(items[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}
