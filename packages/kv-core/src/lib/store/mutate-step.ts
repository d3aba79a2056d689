import type { Clock } from '../clock/clock.js';
import { KvError } from '../errors/kv-error.js';
import type { MutationState, MutationStep } from '../hooks/hook.js';
import { checkWriteTtl } from './arguments.js';
import type { Change, UpdateContext } from './store.js';
import type { ValueCoder } from './value-coder.js';

/** The function of an `update` as a step on bytes. */
export function mutateStep<V, T extends V, R>(
  key: string,
  fn: (current: T | undefined, context: UpdateContext) => Change<T, R>,
  coder: ValueCoder<V>,
  clock: Clock,
  defaultTtlMs: number | undefined,
): (state: MutationState) => MutationStep {
  return ({ value, ttlMs }) => {
    const current = value === undefined ? undefined : (coder.decode(value, key) as T);
    const change = fn(current, { now: clock.now(), ttlMs });
    if ('put' in change) {
      const initial = value === undefined ? (defaultTtlMs ?? 'none') : 'keep';
      const ttl = change.ttlMs === undefined ? initial : checkWriteTtl(change.ttlMs, key);
      return { type: 'put', value: coder.encode(change.put, key), ttl, result: change.result };
    }
    if ('delete' in change) return { type: 'delete', result: change.result };
    if ('keep' in change) return { type: 'keep', result: change.result };
    const text = 'the function of update returns { put }, { delete: true } or { keep: true }';
    throw new KvError('INVALID_ARGUMENT', text, { key });
  };
}
