import type { SortedEntry } from './entry.js';

/** What a parent knows of a node: where its keys begin, how many they are, how many runs of one score. */
export interface Child {
  readonly id: string;
  readonly count: number;
  /** Runs of neighbours with the same score: in the order of places, how many scores there are. */
  readonly runs: number;
  readonly first: SortedEntry;
  readonly lastScore: number;
}

/** The lowest level: the entries themselves, in order. */
export interface Leaf {
  readonly entries: readonly SortedEntry[];
}

/** A level above: its children in order. */
export interface Branch {
  /** 1 above the leaves. */
  readonly level: number;
  readonly children: readonly Child[];
}

/** A node is never changed: an update writes another one under another id. */
export type Node = Leaf | Branch;

/** A tree without entries. */
export const EMPTY_LEAF: Leaf = { entries: [] };

/** Most weight of a node under its own key, about bytes: some 128 entries with short members. */
export const NODE_WEIGHT = 6_144;
/** Most weight of a tree's top, which is in the root record: two of them fit in 32 KB. */
export const TOP_WEIGHT = 14_336;

export function isLeaf(node: Node): node is Leaf {
  return 'entries' in node;
}

/** About the bytes that an entry takes. */
export function weightOf({ member, data }: SortedEntry): number {
  return member.length + (data === undefined ? 0 : data.length + 8) + 28;
}

function weightOfChild({ first }: Child): number {
  return first.member.length + 64;
}

/** About the bytes that a node takes. */
export function weightOfNode(node: Node): number {
  let weight = 0;
  if (isLeaf(node)) for (const entry of node.entries) weight += weightOf(entry);
  else for (const child of node.children) weight += weightOfChild(child);
  return weight;
}

/** How many entries there are below a node, itself included. */
export function countOf(node: Node): number {
  if (isLeaf(node)) return node.entries.length;
  return node.children.reduce((sum, { count }) => sum + count, 0);
}

/** What the parent of a node that is not empty keeps of it. */
export function childOf(id: string, node: Node): Child {
  if (isLeaf(node)) {
    const { entries } = node;
    let runs = 0;
    entries.forEach(({ score }, index) => {
      if (index === 0 || score !== entries[index - 1]!.score) runs += 1;
    });
    const { member, score, seq } = entries[0]!;
    const lastScore = entries[entries.length - 1]!.score;
    return { id, count: entries.length, runs, first: { member, score, seq }, lastScore };
  }
  const { children } = node;
  let runs = 0;
  children.forEach((child, index) => {
    const before = children[index - 1];
    runs += child.runs - (before?.lastScore === child.first.score ? 1 : 0);
  });
  const lastScore = children[children.length - 1]!.lastScore;
  return { id, count: countOf(node), runs, first: children[0]!.first, lastScore };
}

/** Cuts a node into as few as fit in `most`, all of about the same weight; none for an empty one. */
export function splitNode(node: Node, most: number): Node[] {
  if (isLeaf(node)) {
    return cut(node.entries, weightOf, most).map((entries) => ({ entries }));
  }
  const { level } = node;
  return cut(node.children, weightOfChild, most).map((children) => ({ level, children }));
}

/** Two neighbours of one level as one. */
export function joinNodes(a: Node, b: Node): Node {
  if (isLeaf(a)) return { entries: [...a.entries, ...(b as Leaf).entries] };
  return { level: a.level, children: [...a.children, ...(b as Branch).children] };
}

function cut<T>(items: readonly T[], weight: (item: T) => number, most: number): (readonly T[])[] {
  if (items.length === 0) return [];
  const total = items.reduce((sum, item) => sum + weight(item), 0);
  const pieces = Math.ceil(total / most);
  if (pieces <= 1) return [items];
  const cuts: T[][] = [];
  let current: T[] = [];
  let passed = 0;
  for (const item of items) {
    current.push(item);
    passed += weight(item);
    if (passed >= (total * (cuts.length + 1)) / pieces) {
      cuts.push(current);
      current = [];
    }
  }
  if (current.length > 0) cuts.push(current);
  return cuts;
}
