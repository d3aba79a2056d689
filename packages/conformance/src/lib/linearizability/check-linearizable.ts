import type { Model, Operation } from './history.js';

/** Bounds of a check. */
export interface CheckOptions {
  /** Steps after which the answer is `unknown`. Default 5,000,000. */
  readonly maxSteps?: number | undefined;
}

/** The answer of a check. `unknown` must count as a failure: the history was too hard, not right. */
export interface CheckResult<I, O> {
  readonly verdict: 'linearizable' | 'violation' | 'unknown';
  readonly steps: number;
  /** The longest order found; on a violation, what came next could not be placed. */
  readonly longest: readonly Operation<I, O>[];
}

/** The call or the return of operation `index`, linked so that an operation can be taken out and put back. */
interface Event {
  readonly index: number;
  readonly isCall: boolean;
  readonly time: number;
  previous: Event;
  next: Event | undefined;
  /** Of a call: its return, if there is one. */
  end: Event | undefined;
}

/**
 * Whether one key's history could have happened one operation at a time, each at some moment between
 * its call and its return. Wing and Gong's search with Lowe's memory of states seen, and two
 * refinements for operations in doubt: identical ones are taken in the order of their calls, and one
 * that would change nothing is not taken. Keep a history to about 8 callers, 300 operations and 20 in
 * doubt, and write unique values: with few values most bugs fit.
 */
export function checkLinearizable<S, I, O>(
  operations: readonly Operation<I, O>[],
  model: Model<S, I, O>,
  options: CheckOptions = {},
): CheckResult<I, O> {
  const maxSteps = options.maxSteps ?? 5_000_000;
  const matches = model.matches ?? ((a: O, b: O) => JSON.stringify(a) === JSON.stringify(b));
  const keyOf = model.key ?? ((state: S) => JSON.stringify(state) ?? '');
  const head = link(operations);
  const twins = earlierTwins(operations);
  const taken = new Taken(operations.length);
  const seen = new Set<string>();
  const stack: { readonly event: Event; readonly state: S }[] = [];
  let open = operations.filter((operation) => operation.return !== undefined).length;
  let state = model.initial();
  let key = keyOf(state);
  let longest: number[] = [];
  let steps = 0;
  let event = head.next;

  const answer = (verdict: CheckResult<I, O>['verdict']): CheckResult<I, O> => ({
    verdict,
    steps,
    longest: (verdict === 'linearizable' ? order(stack) : longest).map(
      (index) => operations[index] as Operation<I, O>,
    ),
  });

  while (open > 0) {
    steps += 1;
    if (steps > maxSteps) return answer('unknown');
    if (event?.isCall) {
      const { index } = event;
      const operation = operations[index] as Operation<I, O>;
      const twin = twins[index];
      if (twin === undefined || taken.has(twin)) {
        const after = model.step(state, operation.input);
        const nextKey = keyOf(after.state);
        const possible = event.end ? matches(operation.output as O, after.output) : nextKey !== key;
        if (possible) {
          taken.flip(index);
          const mark = `${taken.text()}|${nextKey}`;
          if (!seen.has(mark)) {
            seen.add(mark);
            stack.push({ event, state });
            state = after.state;
            key = nextKey;
            if (event.end) open -= 1;
            lift(event);
            event = head.next;
            continue;
          }
          taken.flip(index);
        }
      }
      event = event.next;
    } else {
      if (stack.length > longest.length) longest = order(stack);
      const last = stack.pop();
      if (!last) return answer('violation');
      event = last.event;
      state = last.state;
      key = keyOf(state);
      taken.flip(event.index);
      if (event.end) open += 1;
      unlift(event);
      event = event.next;
    }
  }
  return answer('linearizable');
}

function order(stack: readonly { readonly event: Event }[]): number[] {
  return stack.map(({ event }) => event.index);
}

/** All calls and returns by time; at one time calls come first, since then they overlap. */
function link<I, O>(operations: readonly Operation<I, O>[]): Event {
  const events: Event[] = [];
  const head = {
    index: -1,
    isCall: true,
    time: 0,
    next: undefined,
    end: undefined,
  } as unknown as Event;
  operations.forEach((operation, index) => {
    const base = { index, previous: head, next: undefined, end: undefined };
    const call: Event = { ...base, isCall: true, time: operation.call };
    events.push(call);
    if (operation.return !== undefined) {
      call.end = { ...base, isCall: false, time: operation.return };
      events.push(call.end);
    }
  });
  events.sort((a, b) => a.time - b.time || Number(b.isCall) - Number(a.isCall));
  let last = head;
  for (const event of events) {
    last.next = event;
    event.previous = last;
    last = event;
  }
  return head;
}

function remove(event: Event): void {
  event.previous.next = event.next;
  if (event.next) event.next.previous = event.previous;
}

function restore(event: Event): void {
  event.previous.next = event;
  if (event.next) event.next.previous = event;
}

function lift(call: Event): void {
  remove(call);
  if (call.end) remove(call.end);
}

function unlift(call: Event): void {
  if (call.end) restore(call.end);
  restore(call);
}

/** For each operation in doubt, the one just like it that was called last before it. */
function earlierTwins<I, O>(operations: readonly Operation<I, O>[]): (number | undefined)[] {
  const twins: (number | undefined)[] = new Array(operations.length);
  const lastOf = new Map<string, number>();
  const byCall = operations.map((_, index) => index);
  byCall.sort((a, b) => (operations[a]?.call ?? 0) - (operations[b]?.call ?? 0));
  for (const index of byCall) {
    const operation = operations[index];
    if (!operation || operation.return !== undefined) continue;
    const text = JSON.stringify(operation.input);
    twins[index] = lastOf.get(text);
    lastOf.set(text, index);
  }
  return twins;
}

/** A set of small integers with a cheap text form. */
class Taken {
  readonly #words: Uint16Array;

  constructor(size: number) {
    this.#words = new Uint16Array((size + 15) >> 4);
  }

  has(index: number): boolean {
    return ((this.#words[index >> 4] ?? 0) & (1 << (index & 15))) !== 0;
  }

  flip(index: number): void {
    this.#words[index >> 4] = (this.#words[index >> 4] ?? 0) ^ (1 << (index & 15));
  }

  text(): string {
    return String.fromCharCode(...this.#words);
  }
}
