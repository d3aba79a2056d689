import type { RankKind, SortedAnswer, SortedQuery } from '../driver/sorted.js';
import type { PlacedEntry, Snapshot } from './snapshot.js';

/** Answers a question from one state of a tree. */
export async function answerFrom(snapshot: Snapshot, query: SortedQuery): Promise<SortedAnswer> {
  const total = snapshot.count;
  const answer = (
    entries: readonly (PlacedEntry | undefined)[],
    ranks: RankKind,
    matching = total,
  ): SortedAnswer => ({
    total,
    matching,
    entries: entries.map((entry) => entry && ranked(entry, ranks)),
  });
  switch (query.type) {
    case 'count': {
      const [start, end] = await indexesOf(snapshot, query);
      return { total, matching: Math.max(0, end - start), entries: [] };
    }
    case 'members': {
      const { members, ranks } = query;
      if (ranks !== 'none') return answer(await snapshot.rank(members), ranks);
      const scores = await snapshot.scores(members);
      const entries = scores.map((score, index) =>
        score === undefined
          ? undefined
          : { member: members[index]!, score, data: undefined, rank: 0 },
      );
      return { total, matching: total, entries };
    }
    case 'slice': {
      const { start, end = total, ranks } = query;
      return answer(await snapshot.slice(fromEnd(start, total), fromEnd(end, total)), ranks);
    }
    case 'around': {
      const { member, each, ranks } = query;
      const [self] = await snapshot.rank([member]);
      if (!self) return answer([], ranks);
      const start = Math.max(0, self.ordinal - 1 - each);
      return answer(await snapshot.slice(start, Math.min(total, self.ordinal + each)), ranks);
    }
    case 'range': {
      const { offset, limit, ranks } = query;
      const [start, end] = await indexesOf(snapshot, query);
      const last = Math.min(end, start + offset + limit);
      const entries = await snapshot.slice(start + offset, last);
      return answer(entries, ranks, Math.max(0, end - start));
    }
  }
}

function ranked({ member, score, data, ...ranks }: PlacedEntry, kind: RankKind) {
  return { member, score, data, rank: ranks[kind] };
}

/** An index as `Array.slice` takes it. */
function fromEnd(index: number, total: number): number {
  return index < 0 ? Math.max(0, total + index) : Math.min(index, total);
}

function indexesOf(
  snapshot: Snapshot,
  { best, worst }: { readonly best?: number | undefined; readonly worst?: number | undefined },
): Promise<[start: number, end: number]> {
  return Promise.all([
    best === undefined ? 0 : snapshot.indexOfScore(best),
    worst === undefined ? snapshot.count : snapshot.indexOfScore(worst, true),
  ]);
}
