import type { Dispatcher } from '../dispatch/dispatcher.js';
import { Mutation, type Transform } from '../dispatch/task.js';
import type { MutationState, MutationStep } from '../hooks/hook.js';
import { StepThrown, stepOf, type UpdateFunction } from './mutate-step.js';
import type { UpdateOptions } from './store.js';

/** Runs an `update` without any layers: its key is at `at` for the driver. */
export function runUpdate<V, T extends V, R>(
  dispatcher: Dispatcher,
  at: string,
  update: UpdateFunction<V, T, R>,
  { withTtl = false, idempotent = false, signal, seen }: UpdateOptions<T>,
  transform: Transform | undefined,
): Promise<R> {
  return new Promise((resolve, reject) => {
    const task = new UpdateTask(at, update, withTtl, idempotent, transform, resolve, reject);
    if (seen !== undefined && !transform && dispatcher.driver.versionOf) {
      task.seen = update.coder.encode(seen, update.key);
    }
    dispatcher.submit(task, signal);
  });
}

/** Its caller gets what his function decided. */
class UpdateTask<V, T extends V, R> extends Mutation {
  readonly #update: UpdateFunction<V, T, R>;

  constructor(
    at: string,
    update: UpdateFunction<V, T, R>,
    ttl: boolean,
    idempotent: boolean,
    transform: Transform | undefined,
    resolve: (result: R) => void,
    reject: (error: unknown) => void,
  ) {
    const settle = resolve as (result: unknown) => void;
    super(at, ttl, idempotent, transform, settle, reject, update.key);
    this.#update = update;
  }

  step(state: MutationState): MutationStep {
    return stepOf(this.#update, state);
  }

  protected override answer(result: unknown): void {
    // What he threw is his, and stays as it is.
    if (result instanceof StepThrown) super.refuse(result.error);
    else super.answer(result);
  }
}
