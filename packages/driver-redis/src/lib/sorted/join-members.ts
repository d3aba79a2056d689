import type { SortedAnswer, SortedQuery } from '@grovekv/kv-core/driver';

/** A question, and how many entries of its answer belong to each of those that it was made of. */
interface Asked {
  readonly query: SortedQuery;
  readonly lengths: readonly number[];
}

/** Makes one question of those for members that follow each other: looked up together they cost less. */
export function joinMembers(queries: readonly SortedQuery[]): Asked[] {
  const asked: Asked[] = [];
  for (let at = 0; at < queries.length; ) {
    const first = queries[at]!;
    const members: string[] = [];
    const lengths: number[] = [];
    for (; at < queries.length; at += 1) {
      const next = queries[at]!;
      if (first.type !== 'members' || next.type !== 'members') break;
      if (next.ranks !== first.ranks) break;
      for (const member of next.members) members.push(member);
      lengths.push(next.members.length);
    }
    if (first.type === 'members') asked.push({ query: { ...first, members }, lengths });
    else {
      asked.push({ query: first, lengths: [0] });
      at += 1;
    }
  }
  return asked;
}

/** The answers to the questions that one was made of. */
export function partsOf(answer: SortedAnswer, lengths: readonly number[]): SortedAnswer[] {
  let from = 0;
  return lengths.map((length) => {
    const entries = answer.entries.slice(from, from + length);
    from += length;
    return { ...answer, entries };
  });
}
