import type { SortedQuery, SortedRequest, SortedResult } from '../driver/sorted.js';
import { withOutcome } from '../errors/errors.js';
import { isKvError, type KvError } from '../errors/kv-error.js';
import type { Batcher } from './batcher.js';
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
    batcher.sortedSet({ item: request, deadline, done });
  }
}

/** The tasks of each request to make. */
function shareQuestions(run: readonly SortedTask[]): SortedTask[][] {
  const groups: SortedTask[][] = [];
  let shared: SortedTask[][] = [];
  for (const task of run) {
    const { request } = task;
    const equal =
      'query' in request
        ? shared.find(([first]) => asksTheSame(first!.request, request))
        : undefined;
    if (equal) equal.push(task);
    else {
      const group = [task];
      groups.push(group);
      if (!('query' in request)) shared = [];
      else if (shared.length < MOST_SHARED) shared.push(group);
    }
  }
  return groups;
}

function asksTheSame(a: SortedRequest, b: SortedRequest): boolean {
  if (!('query' in a) || !('query' in b)) return false;
  const { order } = a.set;
  return (
    order.direction === b.set.order.direction &&
    order.ties === b.set.order.ties &&
    sameQuery(a.query, b.query)
  );
}

function sameQuery(a: SortedQuery, b: SortedQuery): boolean {
  const keys = Object.keys(a);
  if (a.type !== b.type || keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => a[key as keyof SortedQuery] === b[key as keyof SortedQuery]);
}
