import type { Clock } from '../clock/clock.js';
import { KvError } from '../errors/kv-error.js';
import type { MutationState, MutationStep } from '../hooks/hook.js';
import { checkWriteTtl } from './arguments.js';
import type { Change, UpdateContext } from './store.js';
import type { ValueCoder } from './value-coder.js';

/** The result of a step: what the function decided, or what it threw. */
type StepResult<R> = { readonly result: R } | { readonly thrown: unknown };

/** Tells the caller what the function decided, or what it threw: that is the caller's own, and not touched. */
export function settling<R>(
  resolve: (result: R) => void,
  reject: (error: unknown) => void,
): (answer: unknown) => void {
  return (answer) => {
    const step = answer as StepResult<R>;
    if ('thrown' in step) reject(step.thrown);
    else resolve(step.result);
  };
}

/**
 * The function of an `update` as a step on bytes. What it throws is an answer like any other, so that it
 * reaches its caller as it is, whatever layers it passes.
 */
export function mutateStep<V, T extends V, R>(
  key: string,
  fn: (current: T | undefined, context: UpdateContext) => Change<T, R>,
  coder: ValueCoder<V>,
  clock: Clock,
  defaultTtlMs: number | undefined,
): (state: MutationState) => MutationStep {
  return ({ value, ttlMs }) => {
    try {
      const current = value === undefined ? undefined : (coder.decode(value, key) as T);
      const change = fn(current, { now: clock.now(), ttlMs });
      if (typeof change === 'object' && change !== null) {
        const result: StepResult<R> = { result: change.result };
        if ('put' in change) {
          const initial = value === undefined ? (defaultTtlMs ?? 'none') : 'keep';
          const ttl = change.ttlMs === undefined ? initial : checkWriteTtl(change.ttlMs, key);
          return { type: 'put', value: coder.encode(change.put, key), ttl, result };
        }
        if ('delete' in change) return { type: 'delete', result };
        if ('keep' in change) return { type: 'keep', result };
      }
      const text = 'the function of update returns { put }, { delete: true } or { keep: true }';
      throw new KvError('INVALID_ARGUMENT', text, { key });
    } catch (thrown) {
      return { type: 'keep', result: { thrown } satisfies StepResult<R> };
    }
  };
}
