import {
  type ChangeResult,
  isKvError,
  KvError,
  listOf,
  type SortedAnswer,
  type SortedChange,
  type SortedQuery,
  type SortedRequest,
  type SortedResult,
  type SortedSetPlace,
} from '@grovekv/kv-core/driver';
import { type Connection, Terms } from '../connection.js';
import { keySlot } from '../key-slot.js';
import type { Script } from '../script.js';
import { SORTED_CHANGE, SORTED_CLEAR } from './change-scripts.js';
import { joinMembers, partsOf } from './join-members.js';
import { SORTED_QUERY, SORTED_SCORES } from './query-scripts.js';
import { sortedKeys } from './sorted-keys.js';
import { answerOf, changed, orderWord, pushChange, pushQuery } from './sorted-words.js';

type Changed = ChangeResult | KvError;
type Results<T> = readonly (T | KvError)[];

/** Changes in one script: Lua takes so many apart in about a millisecond. */
const MOST_CHANGES = 256;

/** Requests that follow each other and go together: all change the same set, or all ask it. */
class Group {
  readonly set: SortedSetPlace;
  readonly kind: 'change' | 'clear' | 'query';
  readonly requests: SortedRequest[];
  readonly at: number[];

  constructor(set: SortedSetPlace, request: SortedRequest, at: number) {
    this.set = set;
    this.kind = kindOf(request);
    this.requests = listOf(request);
    this.at = listOf(at);
  }
}

/** Sends the requests to each set in their order, as few scripts as may be, none waiting for another. */
export async function sortAll(
  connection: Connection,
  requests: readonly SortedRequest[],
  due: number,
): Promise<(SortedResult | KvError)[]> {
  const all: (SortedResult | KvError)[] = new Array(requests.length);
  const sent = connection.together(() =>
    groupsOf(requests).map(async (group) => {
      const results = await new SetCall(connection, group.set, due).run(group);
      group.at.forEach((place, index) => {
        all[place] = results[index]!;
      });
    }),
  );
  await Promise.all(sent);
  return all;
}

function groupsOf(requests: readonly SortedRequest[]): Group[] {
  const groups = listOf<Group>();
  const last = new Map<string, Group>();
  requests.forEach((request, index) => {
    const { set } = request;
    const kind = kindOf(request);
    const before = last.get(set.key);
    if (before?.kind === kind && isAlike(before.set, set)) {
      before.requests.push(request);
      before.at.push(index);
      return;
    }
    const group = new Group(set, request, index);
    groups.push(group);
    last.set(set.key, group);
  });
  return groups;
}

function kindOf(request: SortedRequest): Group['kind'] {
  if ('query' in request) return 'query';
  return request.changes === 'clear' ? 'clear' : 'change';
}

function isAlike(a: SortedSetPlace, b: SortedSetPlace): boolean {
  if (a === b) return true;
  return (
    a.aside === b.aside &&
    a.cap === b.cap &&
    a.ttl === b.ttl &&
    a.order.direction === b.order.direction &&
    a.order.ties === b.order.ties
  );
}

/** A call that concerns one set. */
class SetCall {
  readonly #connection: Connection;
  readonly #set: SortedSetPlace;
  readonly #due: number;
  readonly #sign: 1 | -1;

  constructor(connection: Connection, set: SortedSetPlace, due: number) {
    this.#connection = connection;
    this.#set = set;
    this.#due = due;
    this.#sign = set.order.direction === 'descending' ? -1 : 1;
  }

  async run({ kind, requests }: Group): Promise<Results<SortedResult>> {
    switch (kind) {
      case 'clear': {
        const cleared = await this.#script(SORTED_CLEAR, [], true, () => []);
        return requests.map(() => cleared);
      }
      case 'change':
        return this.#change(requests.map((request) => changesOf(request)));
      case 'query':
        return this.#ask(requests.map((request) => queryOf(request)));
    }
  }

  async #change(lists: readonly (readonly SortedChange[])[]): Promise<Results<readonly Changed[]>> {
    const changes = lists.length === 1 ? lists[0]! : lists.flat();
    const { order, cap, ttl } = this.#set;
    const parts = listOf<Promise<readonly Changed[] | KvError>>();
    for (let at = 0; at < changes.length; at += MOST_CHANGES) {
      const args = [orderWord(order), String(cap ?? ''), ttl === 'none' ? '' : String(ttl)];
      const part = changes.slice(at, at + MOST_CHANGES);
      for (const change of part) pushChange(args, change, this.#sign);
      const lines = (reply: unknown): readonly Changed[] =>
        String(reply)
          .split('\n')
          .map((line) => changed(line, this.#sign));
      parts.push(this.#script(SORTED_CHANGE, args, true, lines));
    }
    const done = await Promise.all(parts);
    let at = 0;
    return lists.map(({ length }) => {
      const from = at;
      at += length;
      return join(done, from, at);
    });
  }

  async #ask(queries: readonly SortedQuery[]): Promise<Results<SortedAnswer>> {
    const { order } = this.#set;
    const args = [orderWord(order)];
    const asked = joinMembers(queries);
    for (const { query } of asked) pushQuery(args, query, this.#sign);
    const answers = (reply: unknown): readonly SortedAnswer[] | 'dense' => {
      if (!Array.isArray(reply)) return 'dense';
      const [size, ...replies] = reply as [number, ...unknown[][]];
      return asked.flatMap(({ query, lengths }, index) => {
        const answer = answerOf(query, replies[index]!, size, order);
        return lengths.length === 1 ? [answer] : partsOf(answer, lengths);
      });
    };
    for (;;) {
      const result = await this.#script(SORTED_QUERY, args, false, answers);
      if (isKvError(result)) return queries.map(() => result);
      if (result !== 'dense') return result;
      const failed = await this.#noteScores();
      if (failed) return queries.map(() => failed);
    }
  }

  /** Prepares the set for dense ranks: once, then changes keep them up. */
  async #noteScores(): Promise<KvError | undefined> {
    let last = '';
    do {
      const args = [orderWord(this.#set.order), last];
      const result = await this.#script(SORTED_SCORES, args, true, String);
      if (isKvError(result)) return result;
      last = result;
    } while (last !== '');
    return undefined;
  }

  #script<T>(
    script: Script,
    args: readonly string[],
    write: boolean,
    answer: (reply: unknown) => T,
  ): Promise<T | KvError> {
    const { key, aside, order } = this.#set;
    const keys = sortedKeys(key, aside);
    const slot = this.#connection.nodes ? keySlot(key) : 0;
    return this.#connection.settle<unknown, T | KvError>(
      () => this.#connection.scriptInOrder(script, slot, keys, args),
      new Terms(this.#due, write, slot),
      (reply) => refusal(reply, orderWord(order)) ?? answer(reply),
      (error) => error,
    );
  }
}

function changesOf(request: SortedRequest): readonly SortedChange[] {
  return 'changes' in request && request.changes !== 'clear' ? request.changes : [];
}

function queryOf(request: SortedRequest): SortedQuery {
  if ('query' in request) return request.query;
  throw new Error('a change among questions');
}

/** What a script says instead of an answer, if that is an error. */
function refusal(reply: unknown, mine: string): KvError | undefined {
  if (!Buffer.isBuffer(reply) || reply[0] !== 0x21) return undefined;
  const text = reply.toString();
  if (text === '!LOST') {
    return new KvError(
      'CORRUPT_VALUE',
      'what belongs to the sorted set beside its ZSET is missing; clear() starts anew',
    );
  }
  if (!text.startsWith('!ORDER ')) return undefined;
  const words = `it is stored ${inWords(text.slice(7))}, and was opened ${inWords(mine)}`;
  return new KvError('INVALID_ARGUMENT', words);
}

function inWords(order: string): string {
  const direction = order[0] === 'd' ? 'descending' : 'ascending';
  return `${direction} with ties ${order[1] === 'l' ? 'lexical' : 'first'}`;
}

/** The results from one place to another, which may be of several scripts. */
function join(
  parts: readonly (readonly Changed[] | KvError)[],
  from: number,
  to: number,
): readonly Changed[] | KvError {
  const results = listOf<Changed>();
  for (let at = from; at < to; ) {
    const index = Math.floor(at / MOST_CHANGES);
    const part = parts[index]!;
    const end = Math.min(to, (index + 1) * MOST_CHANGES);
    if (isKvError(part)) return at === from ? part : inPart(part);
    for (let one = at; one < end; one += 1) results.push(part[one - index * MOST_CHANGES]!);
    at = end;
  }
  return results;
}

function inPart(cause: KvError): KvError {
  const text = 'the first part of the changes is stored, the rest is not';
  return new KvError(cause.code, text, { outcome: 'unknown', cause });
}
