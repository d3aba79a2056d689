import { type Branch, isLeaf, type Node } from './node.js';
import { NodeGone, type NodeStore } from './node-store.js';
import type { Retired, Root } from './root.js';

/** Ids that the root itself lists; more are moved into records of their own. */
const MOST_INLINE = 256;

/** Whether no reader may need it any more. */
export function isDue({ at }: Retired, graceMs: number, now: number): boolean {
  // A clock that was set back must not keep records for ever.
  return now - at >= graceMs || at - now > graceMs;
}

/** Removes what is due; answers what is still to be removed. Never rejects. */
export async function reclaim(due: readonly Retired[], nodes: NodeStore): Promise<Retired[]> {
  if (due.length === 0) return [];
  // After a quiet time the nodes of many commits are due: one request for all of them.
  const single = due.filter(({ kind }) => kind === 'nodes');
  const areGone = await isDone(() => nodes.remove(single.flatMap(({ ids }) => ids)));
  const left = areGone ? [] : single;
  for (const item of due) {
    if (item.kind !== 'nodes' && !(await isDone(() => removeAll(item, nodes)))) left.push(item);
  }
  return left;
}

/** Adds records to what is to be removed, and keeps the list in the root short. */
export async function retire(
  list: readonly Retired[],
  ids: readonly string[],
  now: number,
  nodes: NodeStore,
): Promise<{ retired: readonly Retired[]; written: readonly string[] }> {
  const all: Retired[] = ids.length > 0 ? [...list, { at: now, kind: 'nodes', ids }] : [...list];
  const inline = all.filter(({ kind }) => kind === 'nodes').flatMap((item) => item.ids);
  if (inline.length <= MOST_INLINE) return { retired: all, written: [] };
  const written = await nodes.writeLists(inline);
  const others = all.filter(({ kind }) => kind !== 'nodes');
  return { retired: [...others, { at: now, kind: 'lists', ids: written }], written };
}

/** The records directly below a node. */
export function idsBelow(node: Node): string[] {
  return isLeaf(node) ? [] : node.children.map(({ id }) => id);
}

async function removeAll({ kind, ids }: Retired, nodes: NodeStore): Promise<void> {
  for (const id of kind === 'lists' ? ids : []) await nodes.remove(await nodes.readList(id));
  for (const id of kind === 'trees' ? ids : []) await removeBelow(id, nodes);
  await nodes.remove(ids);
}

async function isDone(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch {
    return false;
  }
}

async function removeBelow(id: string, nodes: NodeStore): Promise<void> {
  const node = await loadIfThere(id, nodes);
  if (!node || isLeaf(node)) return;
  if (node.level > 1) for (const child of node.children) await removeBelow(child.id, nodes);
  await nodes.remove(idsBelow(node));
}

/** Every record that the root reaches or still has to remove. */
export async function reachable(root: Root, nodes: NodeStore): Promise<Set<string>> {
  const found = new Set<string>();
  const visit = async (node: Branch): Promise<void> => {
    for (const { id } of node.children) {
      found.add(id);
      const below = node.level > 1 ? await nodes.load(id) : undefined;
      if (below && !isLeaf(below)) await visit(below);
    }
  };
  for (const top of [root.places, root.members]) if (!isLeaf(top)) await visit(top);
  for (const { kind, ids } of root.retired) {
    for (const id of ids) {
      found.add(id);
      if (kind === 'lists') for (const listed of await nodes.readList(id)) found.add(listed);
      const tree = kind === 'trees' ? await loadIfThere(id, nodes) : undefined;
      if (tree && !isLeaf(tree)) await addBelow(tree, nodes, found);
    }
  }
  return found;
}

async function addBelow(node: Branch, nodes: NodeStore, found: Set<string>): Promise<void> {
  for (const { id } of node.children) {
    found.add(id);
    const below = node.level > 1 ? await loadIfThere(id, nodes) : undefined;
    if (below && !isLeaf(below)) await addBelow(below, nodes, found);
  }
}

async function loadIfThere(id: string, nodes: NodeStore): Promise<Node | undefined> {
  try {
    return await nodes.load(id);
  } catch (error) {
    if (error instanceof NodeGone) return undefined;
    throw error;
  }
}
