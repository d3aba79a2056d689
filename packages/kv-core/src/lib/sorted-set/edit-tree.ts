import type { Compare, SortedEntry } from './entry.js';
import {
  type Branch,
  type Child,
  childOf,
  EMPTY_LEAF,
  isLeaf,
  joinNodes,
  type Leaf,
  NODE_WEIGHT,
  type Node,
  splitNode,
  TOP_WEIGHT,
  weightOfNode,
} from './node.js';
import type { NodeStore } from './node-store.js';

/** Puts or deletes the entry that is equal to `at`. */
export interface Edit {
  readonly at: SortedEntry;
  readonly put: SortedEntry | undefined;
}

/** What an edit of a tree made: the new top, and which records it no longer reaches. */
export interface EditedTree {
  readonly top: Node;
  readonly written: readonly string[];
  readonly retired: readonly string[];
}

/** A node below this weight is joined to a neighbour. */
const LEAST_WEIGHT = NODE_WEIGHT / 4;
/** Subtrees edited at a time, where each may hold a hundred leaves in memory. */
const AT_A_TIME = 4;

/**
 * Applies edits to a tree, copying the paths to them: everything the old top reaches stays as it is. Each
 * node on the paths is read and written once, however many edits it takes part in.
 */
export async function editTree(
  top: Node,
  edits: readonly Edit[],
  compare: Compare,
  nodes: NodeStore,
): Promise<EditedTree> {
  const sorted = [...edits].sort((a, b) => compare(a.at, b.at));
  const editor = new TreeEditor(compare, nodes);
  try {
    const pieces = await editor.edit(top, sorted, TOP_WEIGHT);
    const newTop = await editor.toTop(pieces);
    return { top: newTop, written: editor.written, retired: editor.retired };
  } catch (error) {
    // No root names them; what cannot be removed either is for a sweep.
    await nodes.remove(editor.written).catch(() => undefined);
    throw error;
  }
}

class TreeEditor {
  readonly written: string[] = [];
  readonly retired: string[] = [];
  readonly #compare: Compare;
  readonly #nodes: NodeStore;

  constructor(compare: Compare, nodes: NodeStore) {
    this.#compare = compare;
    this.#nodes = nodes;
  }

  /** What takes the place of `node`: none, one or several of its level, not yet stored. */
  async edit(node: Node, edits: readonly Edit[], most = NODE_WEIGHT): Promise<Node[]> {
    if (isLeaf(node)) return fit(this.#editLeaf(node, edits), most);
    const parts = this.#byChild(node, edits);
    const touched = node.children.filter((_, index) => parts[index]!.length > 0);
    const edited = new Map<Child, Node[]>();
    const atATime = node.level === 1 ? touched.length : AT_A_TIME;
    const turn = async (child: Child): Promise<void> => {
      const part = parts[node.children.indexOf(child)]!;
      edited.set(child, await this.edit(await this.#take(child), part));
    };
    for (let at = 0; at < touched.length; at += atATime) {
      await Promise.all(touched.slice(at, at + atATime).map(turn));
    }
    const slots = node.children.flatMap((child): (Child | Node)[] => edited.get(child) ?? [child]);
    const children = await this.#seal(await this.#join(slots));
    return fit({ level: node.level, children }, most);
  }

  /** Puts levels above or takes them away until one node is left. */
  async toTop(pieces: Node[]): Promise<Node> {
    let row = pieces;
    while (row.length > 1) {
      const level = isLeaf(row[0]!) ? 1 : row[0]!.level + 1;
      row = fit({ level, children: await this.#seal(row) }, TOP_WEIGHT);
    }
    let top = row[0] ?? EMPTY_LEAF;
    while (!isLeaf(top) && top.children.length === 1) top = await this.#take(top.children[0]!);
    return top;
  }

  #editLeaf({ entries }: Leaf, edits: readonly Edit[]): Leaf {
    const result: SortedEntry[] = [];
    let at = 0;
    for (const edit of edits) {
      while (at < entries.length && this.#compare(entries[at]!, edit.at) < 0) {
        result.push(entries[at]!);
        at += 1;
      }
      if (at < entries.length && this.#compare(entries[at]!, edit.at) === 0) at += 1;
      if (edit.put) result.push(edit.put);
    }
    return { entries: [...result, ...entries.slice(at)] };
  }

  #byChild({ children }: Branch, edits: readonly Edit[]): Edit[][] {
    const parts: Edit[][] = children.map(() => []);
    let index = 0;
    for (const edit of edits) {
      while (
        index + 1 < children.length &&
        this.#compare(children[index + 1]!.first, edit.at) <= 0
      ) {
        index += 1;
      }
      parts[index]!.push(edit);
    }
    return parts;
  }

  /** Joins nodes that have become too light to a neighbour. */
  async #join(slots: readonly (Child | Node)[]): Promise<(Child | Node)[]> {
    const joined: (Child | Node)[] = [];
    for (const slot of slots) {
      const before = joined[joined.length - 1];
      const isLight = before && (light(slot) || light(before));
      if (!isLight) {
        joined.push(slot);
        continue;
      }
      const pair = joinNodes(await this.#open(before), await this.#open(slot));
      joined.splice(-1, 1, ...splitNode(pair, NODE_WEIGHT));
    }
    return joined;
  }

  async #open(slot: Child | Node): Promise<Node> {
    return 'id' in slot ? this.#take(slot) : slot;
  }

  /** Reads a node that the new tree will not have. */
  async #take({ id }: Child): Promise<Node> {
    const node = await this.#nodes.load(id);
    this.retired.push(id);
    return node;
  }

  /** Stores the nodes among the slots. */
  async #seal(slots: readonly (Child | Node)[]): Promise<Child[]> {
    const fresh = slots.filter((slot): slot is Node => !('id' in slot));
    const ids = await this.#nodes.write(fresh);
    this.written.push(...ids);
    let next = 0;
    return slots.map((slot) => {
      if ('id' in slot) return slot;
      const id = ids[next]!;
      next += 1;
      return childOf(id, slot);
    });
  }
}

/** The node if it may weigh so much, else as many as it takes below that. */
function fit(node: Node, most: number): Node[] {
  return splitNode(node, weightOfNode(node) <= most ? most : NODE_WEIGHT);
}

function light(slot: Child | Node): boolean {
  return !('id' in slot) && weightOfNode(slot) < LEAST_WEIGHT;
}
