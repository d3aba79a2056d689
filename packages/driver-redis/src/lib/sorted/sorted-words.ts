import {
  type ChangeResult,
  KvError,
  type RankedEntry,
  type SortedAnswer,
  type SortedChange,
  type SortedOrder,
  type SortedQuery,
} from '@grovekv/kv-core/driver';

type Changed = ChangeResult | KvError;

/** The order as the scripts write it. */
export function orderWord({ direction, ties }: SortedOrder): string {
  return (direction === 'descending' ? 'd' : 'a') + (ties === 'lexical' ? 'l' : 'f');
}

/** What {@link SORTED_CHANGE} takes for a change. The least stored score is the best. */
export function pushChange(args: string[], change: SortedChange, sign: 1 | -1): void {
  switch (change.type) {
    case 'remove':
      args.push('r', change.member);
      return;
    case 'increment':
      args.push(word('i', change.by * sign, change.data), change.member);
      return;
    case 'best':
      args.push(word('b', change.score * sign, change.data), change.member);
      return;
    case 'set':
      args.push(word('s', change.score * sign, change.data), change.member);
  }
}

function word(kind: string, score: number, data: string | null | undefined): string {
  if (data === undefined) return kind + score;
  return kind.toUpperCase() + score + (data === null ? '~' : `=${data}`);
}

/** What its line says of a change. */
export function changed(line: string, sign: 1 | -1): Changed {
  if (line === '!') return new KvError('OUT_OF_RANGE', 'the sum is beyond the finite numbers');
  const space = line.indexOf(' ');
  return {
    score: scoreOf(line.slice(space + 1), sign),
    previous: scoreOf(line.slice(0, space), sign),
  };
}

function scoreOf(text: string, sign: 1 | -1): number | undefined {
  return text === '-' ? undefined : Number(text) * sign + 0;
}

/** What {@link SORTED_QUERY} takes for a question. */
export function pushQuery(args: string[], query: SortedQuery, sign: 1 | -1): void {
  const bound = (score: number | undefined): string =>
    score === undefined ? '' : String(score * sign);
  switch (query.type) {
    case 'count':
      args.push('c', bound(query.best), bound(query.worst));
      return;
    case 'members':
      args.push('m', query.ranks.charAt(0), String(query.members.length), ...query.members);
      return;
    case 'slice':
      args.push('s', query.ranks.charAt(0), String(query.start), String(query.end ?? ''));
      return;
    case 'around':
      args.push('a', query.ranks.charAt(0), query.member, String(query.each));
      return;
    case 'range': {
      const { best, worst, offset, limit, ranks } = query;
      args.push('r', ranks.charAt(0), bound(best), bound(worst), String(offset), String(limit));
    }
  }
}

/** The answer that a reply to a question is. */
export function answerOf(
  query: SortedQuery,
  reply: readonly unknown[],
  total: number,
  { direction, ties }: SortedOrder,
): SortedAnswer {
  const sign = direction === 'descending' ? -1 : 1;
  const tied = ties === 'first';
  const line = String(reply[0]);
  if (query.type === 'count') return { total, matching: Number(line), entries: [] };
  if (query.type === 'members') {
    const records = reply[1] as (Buffer | null)[] | undefined;
    const lines = line.split('\n');
    const entries = query.members.map((member, index): RankedEntry | undefined => {
      const text = lines[index];
      if (!text) return undefined;
      const space = text.indexOf(' ');
      const rank = Number(text.slice(0, space));
      const record = records?.[index]?.toString() ?? '';
      const stored = tied && records ? record : text.slice(space + 1);
      const from = tied ? (stored.charCodeAt(0) | 32) - 95 : 0;
      const to = tied && records ? stored.indexOf('=', from) : -1;
      const score = Number(stored.slice(from, to < 0 ? undefined : to)) * sign + 0;
      const data = query.ranks === 'none' ? undefined : dataOf(record);
      return { member, score, data, rank };
    });
    return { total, matching: total, entries };
  }
  const [from, first, matching] = line.split(' ').map(Number) as [number, number, number];
  const elements = reply[2] as Buffer[];
  const records = reply[3] as (Buffer | null)[] | undefined;
  const scores = String(reply[1]).split('\n');
  let rank = first;
  const entries = elements.map((element, index): RankedEntry => {
    const changes = index > 0 && scores[index] !== scores[index - 1];
    if (query.ranks === 'ordinal') rank = from + index + 1;
    else if (changes) rank = query.ranks === 'dense' ? rank + 1 : from + index + 1;
    const score = Number(scores[index]) * sign + 0;
    const text = element.toString();
    const member = tied ? text.slice(text.charCodeAt(0) - 95) : text;
    return { member, score, data: dataOf(records?.[index]?.toString()), rank };
  });
  return { total, matching, entries };
}

/** What is behind the = of a record. */
function dataOf(record: string | undefined): string | undefined {
  const from = record === undefined ? -1 : record.indexOf('=');
  return from < 0 ? undefined : record!.slice(from + 1);
}
