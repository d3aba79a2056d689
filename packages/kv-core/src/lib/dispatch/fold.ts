import type { Entry } from '../driver/driver.js';
import { checkByteLength } from './check-sizes.js';
import type { MutateTask } from './task.js';

/** What a run of mutations comes to: at most one write, and an answer for each. */
export interface Fold {
  readonly write:
    | { readonly type: 'put'; readonly value: Uint8Array; readonly ttl: number | 'none' | 'keep' }
    | { readonly type: 'delete' }
    | undefined;
  /** Gives every caller its own result; call it once the write has been acknowledged. */
  settle(): void;
}

/**
 * Runs the steps of `tasks` one after the other on `current`, each seeing what the one before it left. A
 * step that throws fails its own caller only, with what it threw. Pure until `settle`: it may be run
 * again on another state.
 */
export function fold(
  tasks: readonly MutateTask[],
  current: Entry | undefined,
  maxValueBytes: number,
): Fold {
  let value = current?.value;
  let ttlMs = current?.ttlMs;
  let ttl: number | 'none' | 'keep' = 'keep';
  let changed = false;
  const answers: { task: MutateTask; result: unknown; error?: { readonly thrown: unknown } }[] = [];

  for (const task of tasks) {
    if (task.settled) continue;
    try {
      const step = task.step({ value, ttlMs });
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
      answers.push({ task, result: step.result });
    } catch (error) {
      answers.push({ task, result: undefined, error: { thrown: error } });
    }
  }

  const gone = value === undefined && current === undefined;
  return {
    write: !changed || gone ? undefined : value ? { type: 'put', value, ttl } : { type: 'delete' },
    settle() {
      for (const { task, result, error } of answers) {
        if (error) task.fail(error.thrown);
        else task.settle(result);
      }
    },
  };
}
