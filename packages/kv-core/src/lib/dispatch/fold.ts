import type { Entry, WriteTtl } from '../driver/driver.js';
import type { MutationState } from '../hooks/hook.js';
import { checkByteLength } from './check-sizes.js';
import type { Mutation } from './task.js';

/** The one write that a run of mutations comes to. */
export type FoldedWrite = FoldedPut | { readonly type: 'delete' };

class FoldedPut {
  readonly type = 'put';
  readonly value: Uint8Array;
  readonly ttl: WriteTtl;

  constructor(value: Uint8Array, ttl: WriteTtl) {
    this.value = value;
    this.ttl = ttl;
  }
}

class State implements MutationState {
  readonly value: Uint8Array | undefined;
  readonly ttlMs: number | undefined;

  constructor(value: Uint8Array | undefined, ttlMs: number | undefined) {
    this.value = value;
    this.ttlMs = ttlMs;
  }
}

/** What a run of mutations comes to: at most one write, and an answer for each task. */
export class Fold {
  readonly write: FoldedWrite | undefined;
  readonly #tasks: readonly Mutation[];
  readonly #answers: readonly Answer[];

  constructor(
    tasks: readonly Mutation[],
    answers: readonly Answer[],
    write: FoldedWrite | undefined,
  ) {
    this.#tasks = tasks;
    this.#answers = answers;
    this.write = write;
  }

  /** Gives every caller its own result; call it once the write has been acknowledged. */
  settle(): void {
    for (let index = 0; index < this.#tasks.length; index += 1) {
      const answer = this.#answers[index]!;
      if (answer instanceof Thrown) this.#tasks[index]!.fail(answer.error);
      else this.#tasks[index]!.settle(answer.result);
    }
  }
}

type Answer = Thrown | { readonly result: unknown };

class Thrown {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/** The tasks that wait for an answer: nearly always all. */
export function stillOpen(tasks: readonly Mutation[]): readonly Mutation[] {
  for (const task of tasks) {
    if (task.settled) return tasks.filter(({ settled }) => !settled);
  }
  return tasks;
}

/**
 * Runs the steps of `all` tasks that are still open one after the other on `current`, each seeing what
 * the one before it left. A step that throws fails its own caller only, with what it threw. Pure until
 * `settle`: it may be run again on another state.
 */
export function fold(
  all: readonly Mutation[],
  current: Entry | undefined,
  maxValueBytes: number,
): Fold {
  let value = current?.value;
  let ttlMs = current?.ttlMs;
  let ttl: WriteTtl = 'keep';
  let changed = false;
  const tasks = stillOpen(all);
  const answers = new Array<Answer>(tasks.length);

  for (let index = 0; index < tasks.length; index += 1) {
    try {
      const step = tasks[index]!.step(new State(value, ttlMs));
      if (step.type === 'put') {
        checkByteLength(step.value, maxValueBytes);
        if (step.ttl !== 'keep') {
          ttl = step.ttl;
          ttlMs = step.ttl === 'none' ? undefined : step.ttl;
        } else if (value === undefined) {
          ttl = 'none';
          ttlMs = undefined;
        }
        value = step.value;
        changed = true;
      } else if (step.type === 'delete' && value !== undefined) {
        value = undefined;
        ttlMs = undefined;
        ttl = 'none';
        changed = true;
      }
      answers[index] = step;
    } catch (error) {
      answers[index] = new Thrown(error);
    }
  }

  const nothing = !changed || (value === undefined && current === undefined);
  return new Fold(tasks, answers, nothing ? undefined : writeOf(value, ttl));
}

function writeOf(value: Uint8Array | undefined, ttl: WriteTtl): FoldedWrite {
  return value ? new FoldedPut(value, ttl) : { type: 'delete' };
}
