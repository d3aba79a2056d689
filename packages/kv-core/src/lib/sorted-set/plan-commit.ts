import type { ChangeResult, SortedChange } from '../driver/sorted.js';
import { isKvError, type KvError } from '../errors/kv-error.js';
import { applyChange, type MemberState } from './change.js';
import { type Edit, type EditedTree, editTree } from './edit-tree.js';
import { compareBy, compareMembers, type SortedEntry } from './entry.js';
import { countOf } from './node.js';
import type { NodeStore } from './node-store.js';
import { findMany, slice } from './read-tree.js';
import type { Root } from './root.js';

/** What a commit will make of a root. */
export interface CommitPlan {
  /** In the order of the changes. */
  readonly results: readonly (ChangeResult | KvError)[];
  /** `undefined` if the changes change nothing. */
  readonly next:
    | { readonly seq: number; readonly places: EditedTree; readonly members: EditedTree }
    | undefined;
}

interface Member {
  readonly before: SortedEntry | undefined;
  now: MemberState | undefined;
}

/** Applies changes in their order to the state of a root, and stores the nodes of the new trees. */
export async function planCommit(
  root: Root,
  changes: readonly SortedChange[],
  cap: number | undefined,
  nodes: NodeStore,
): Promise<CommitPlan> {
  const members = await readMembers(root, changes, nodes);
  const ascending = root.order.direction === 'ascending';
  let { seq } = root;
  const rules = {
    isBetter: (score: number, than: number) => (ascending ? score < than : score > than),
    nextSeq: () => {
      if (root.order.ties === 'lexical') return 0;
      seq += 1;
      return seq;
    },
  };
  const results = changes.map((change): ChangeResult | KvError => {
    const member = members.get(change.member)!;
    const previous = member.now?.score;
    try {
      member.now = applyChange(member.now, change, rules);
      return { score: member.now?.score, previous };
    } catch (error) {
      if (isKvError(error)) return error;
      throw error;
    }
  });
  const changed = await withData(root, members, nodes);
  if (cap !== undefined) await dropWorst(root, changed, cap, nodes);
  const byPlace = changed.flatMap(placeEdits);
  if (byPlace.length === 0) return { results, next: undefined };
  const places = await editTree(root.places, byPlace, compareBy(root.order), nodes);
  const byMember = changed.flatMap(memberEdit);
  const index = await editTree(root.members, byMember, compareMembers, nodes).catch(
    async (error: unknown) => {
      await nodes.remove(places.written).catch(() => undefined);
      throw error;
    },
  );
  return { results, next: { seq, places, members: index } };
}

interface Changed {
  readonly before: SortedEntry | undefined;
  after: SortedEntry | undefined;
}

async function readMembers(
  root: Root,
  changes: readonly SortedChange[],
  nodes: NodeStore,
): Promise<Map<string, Member>> {
  const names = [...new Set(changes.map(({ member }) => member))];
  const wanted = names.map((member) => ({ member, score: 0, seq: 0 }));
  const found = await findMany(root.members, wanted, compareMembers, nodes);
  return new Map(
    names.map((name, index) => {
      const before = found[index];
      const now = before && { score: before.score, seq: before.seq, data: undefined };
      return [name, { before, now }];
    }),
  );
}

/** The members that changed, as they were stored and as they shall be. */
async function withData(
  root: Root,
  members: ReadonlyMap<string, Member>,
  nodes: NodeStore,
): Promise<Changed[]> {
  const touched = [...members].filter(([, { before, now }]) => !isSame(before, now));
  const old = touched.flatMap(([, { before }]) => (before ? [before] : []));
  const stored = await findMany(root.places, old, compareBy(root.order), nodes);
  let next = 0;
  return touched.flatMap(([member, { before, now }]): Changed[] => {
    const entry = before && (stored[next] ?? before);
    if (before) next += 1;
    if (!now) return entry ? [{ before: entry, after: undefined }] : [];
    const data = now.data === undefined ? entry?.data : (now.data ?? undefined);
    return [{ before: entry, after: { member, score: now.score, seq: now.seq, data } }];
  });
}

function isSame(before: SortedEntry | undefined, now: MemberState | undefined): boolean {
  return before === undefined || now === undefined
    ? before === now
    : before.score === now.score && before.seq === now.seq && now.data === undefined;
}

/** Takes out who would stand below the cap, be they stored or new. */
async function dropWorst(
  root: Root,
  changed: Changed[],
  cap: number,
  nodes: NodeStore,
): Promise<void> {
  const before = countOf(root.places);
  const gone = changed.filter((change) => change.before).length;
  const added = changed.filter(({ after }) => after).length;
  const excess = before - gone + added - cap;
  if (excess <= 0) return;
  // Whoever drops out is new, or among the last that stay and those that change.
  const tail = await slice(root.places, Math.max(0, before - excess - gone), before, nodes);
  const isChanged = new Set(changed.map((change) => change.before?.member));
  const staying = tail
    .filter(({ member }) => !isChanged.has(member))
    .map((entry) => ({ entry, change: undefined as Changed | undefined }));
  const coming = changed.flatMap((change) =>
    change.after ? [{ entry: change.after, change: change as Changed | undefined }] : [],
  );
  const compare = compareBy(root.order);
  const worst = [...staying, ...coming].sort((a, b) => compare(b.entry, a.entry)).slice(0, excess);
  for (const { entry, change } of worst) {
    if (change) change.after = undefined;
    else changed.push({ before: entry, after: undefined });
  }
}

function placeEdits({ before, after }: Changed): Edit[] {
  if (!before) return after ? [{ at: after, put: after }] : [];
  if (after?.score === before.score && after.seq === before.seq)
    return [{ at: before, put: after }];
  const removal = { at: before, put: undefined };
  return after ? [removal, { at: after, put: after }] : [removal];
}

function memberEdit({ before, after }: Changed): Edit[] {
  const at = before ?? after;
  if (!at) return [];
  return [{ at, put: after && { member: after.member, score: after.score, seq: after.seq } }];
}
