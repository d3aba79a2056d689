import { listOf } from '../driver/list-of.js';
import type { SortedQuery, SortedRequest, SortedResult } from '../driver/sorted.js';
import { withOutcome } from '../errors/errors.js';
import { isKvError, type KvError } from '../errors/kv-error.js';
import type { Batcher } from './batcher.js';
import { Asked } from './request.js';
import type { SortedTask } from './task.js';

/** Different questions that are looked through for an equal one. */
const MOST_SHARED = 8;

/** Hands over requests to one set in their order; equal questions with no change in between share one. */
export function sendSorted(
  run: readonly SortedTask[],
  release: () => void,
  batcher: Batcher,
): void {
  const groups = shareQuestions(run);
  let open = groups.length;
  for (const tasks of groups) {
    const { request, deadline } = tasks[0]!;
    const done = (result: SortedResult | KvError): void => {
      for (const task of tasks) {
        if (isKvError(result)) task.fail(task.asks ? withOutcome(result, 'none') : result);
        else task.settle(result);
      }
      open -= 1;
      if (open === 0) release();
    };
    batcher.sortedSet(new Asked(request, deadline, done));
  }
}

/** The tasks of each request to make. */
function shareQuestions(run: readonly SortedTask[]): SortedTask[][] {
  const groups = listOf<SortedTask[]>();
  let shared = listOf<SortedTask[]>();
  for (const task of run) {
    const { request } = task;
    const group = listOf(task);
    if (!('query' in request)) shared = listOf();
    else if (request.query.type !== 'members') {
      const equal = shared.find(([first]) => asksTheSame(first!.request, request));
      if (equal) {
        equal.push(task);
        continue;
      }
      if (shared.length < MOST_SHARED) shared.push(group);
    }
    groups.push(group);
  }
  return groups;
}

function asksTheSame(a: SortedRequest, b: SortedRequest): boolean {
  if (!('query' in a) || !('query' in b)) return false;
  const [one, other] = [a.set.order, b.set.order];
  return (
    (one === other || (one.direction === other.direction && one.ties === other.ties)) &&
    sameQuery(a.query, b.query)
  );
}

function sameQuery(a: SortedQuery, b: SortedQuery): boolean {
  if (a.type === 'slice' && b.type === 'slice') {
    return a.start === b.start && a.end === b.end && a.ranks === b.ranks;
  }
  if (a.type === 'around' && b.type === 'around') {
    return a.member === b.member && a.each === b.each && a.ranks === b.ranks;
  }
  if (a.type === 'count' && b.type === 'count') return a.best === b.best && a.worst === b.worst;
  return false;
}
