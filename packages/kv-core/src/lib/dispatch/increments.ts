import type { Increment, IncrementResult } from '../driver/driver.js';
import { isKvError, KvError } from '../errors/kv-error.js';
import type { MutationState, MutationStep } from '../hooks/hook.js';
import { Addition } from './addition.js';
import type { Batcher } from './batcher.js';
import { Asked } from './request.js';
import type { IncrementTask } from './task.js';

const MOST_ATTEMPTS = 100;
const ALL_OF_ONE = [true];
const DECIMAL = /^(0|-?[1-9][0-9]{0,18})$/;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Whether two additions may be sent as one: only the amounts differ. */
export function sameIncrement(a: Increment, b: Increment): boolean {
  return a.min === b.min && a.max === b.max && a.ttlOnCreate === b.ttlOnCreate;
}

/** What one attempt sends: a sum, and bounds under which every single addition has its own outcome. */
class Attempt {
  readonly by: number;
  readonly min: number;
  readonly max: number;
  readonly applied: readonly boolean[];

  constructor(by: number, min: number, max: number, applied: readonly boolean[]) {
    this.by = by;
    this.min = min;
    this.max = max;
    this.applied = applied;
  }
}

/**
 * Adds for all tasks in one native increment and gives each its own running value. The bounds are
 * narrowed by the other additions, so that no order of events could have taken one of them out of
 * bounds; if that is refused, the answer tells the value, from it each outcome is known, and their sum
 * is sent on condition of that very value.
 */
export async function incrementTogether(
  tasks: readonly IncrementTask[],
  batcher: Batcher,
): Promise<void> {
  const { key, min, max, ttlOnCreate } = tasks[0]!.increment;
  const { up, down } = span(tasks);
  if (!Number.isSafeInteger(up) || !Number.isSafeInteger(down)) {
    // Their sum cannot be sent as one number.
    for (const task of tasks) await incrementTogether([task], batcher);
    return;
  }
  let attempt = optimistic(tasks, up, down);
  let seen: number | undefined;
  for (let tries = 1; tries <= MOST_ATTEMPTS; tries += 1) {
    if (attempt) {
      const item = new Addition(key, attempt.by, attempt.min, attempt.max, ttlOnCreate);
      const result = await send(batcher, item, tasks[0]!.deadline);
      if (isKvError(result)) {
        for (const task of tasks) task.fail(result);
        return;
      }
      if (result.applied) return answer(tasks, attempt.applied, result.value - attempt.by);
      seen = result.value;
    } else if (seen === undefined) {
      const probe = new Addition(key, 0, 1, 0, ttlOnCreate);
      const result = await send(batcher, probe, tasks[0]!.deadline);
      if (isKvError(result)) {
        for (const task of tasks) task.fail(result);
        return;
      }
      seen = result.value;
    }
    attempt = exact(tasks, min, max, seen as number);
    if (!attempt.applied.includes(true)) return answer(tasks, attempt.applied, seen as number);
  }
  const error = new KvError('CONTENTION', 'the counter kept changing at its bound', { key });
  for (const task of tasks) task.fail(error);
}

function send(
  batcher: Batcher,
  item: Increment,
  deadline: number,
): Promise<IncrementResult | KvError> {
  return new Promise((done) => batcher.increment(new Asked(item, deadline, done)));
}

/** How far all additions together could move the counter up, and down. */
function span(tasks: readonly IncrementTask[]): { readonly up: number; readonly down: number } {
  let up = 0;
  let down = 0;
  for (const { increment } of tasks) {
    if (increment.by > 0) up += increment.by;
    else down -= increment.by;
  }
  return { up, down };
}

function optimistic(
  tasks: readonly IncrementTask[],
  up: number,
  down: number,
): Attempt | undefined {
  const { by, min, max } = tasks[0]!.increment;
  if (tasks.length === 1) return new Attempt(by, min, max, ALL_OF_ONE);
  if (min + up > max - down) return undefined;
  const applied = tasks.map(() => true);
  return new Attempt(up - down, min + up, max - down, applied);
}

function exact(tasks: readonly IncrementTask[], min: number, max: number, value: number): Attempt {
  let running = value;
  const applied = tasks.map(({ increment }) => {
    const next = running + increment.by;
    if (next < min || next > max) return false;
    running = next;
    return true;
  });
  return new Attempt(running - value, running, running, applied);
}

function answer(
  tasks: readonly IncrementTask[],
  applied: readonly boolean[],
  before: number,
): void {
  let value = before;
  tasks.forEach((task, index) => {
    const done = applied[index] === true;
    if (done) value += task.increment.by;
    task.settle({ value, applied: done });
  });
}

/** The portable form of an increment: a step of a mutation on decimal text. */
export function incrementStep(increment: Increment): (state: MutationState) => MutationStep {
  const { by, min, max, ttlOnCreate } = increment;
  return ({ value }) => {
    const current = value === undefined ? 0 : parseInteger(value);
    const next = current + by;
    if (next < min || next > max) {
      return { type: 'keep', result: { value: current, applied: false } };
    }
    const ttl = value === undefined ? (ttlOnCreate ?? 'none') : 'keep';
    const text = encoder.encode(String(next));
    return { type: 'put', value: text, ttl, result: { value: next, applied: true } };
  };
}

/** Reads a counter: decimal text as `INCR` of Redis takes it, within the safe integers. */
export function parseInteger(bytes: Uint8Array): number {
  const text = bytes.byteLength <= 20 ? decoder.decode(bytes) : '';
  if (!DECIMAL.test(text)) {
    throw new KvError('NOT_AN_INTEGER', 'the stored value is not a decimal integer');
  }
  const value = Number(text);
  if (!Number.isSafeInteger(value)) {
    throw new KvError('OUT_OF_RANGE', `${text} is beyond the safe integers`);
  }
  return value;
}
