import type { Clock } from '../clock/clock.js';
import type { WriteTtl } from '../driver/driver.js';
import { KvError } from '../errors/kv-error.js';
import type { MutationState, MutationStep } from '../hooks/hook.js';
import { checkWriteTtl } from './arguments.js';
import type { Change, UpdateContext } from './store.js';
import type { ValueCoder } from './value-coder.js';

/** The function of an `update`, and what makes a step on bytes of it. */
export class UpdateFunction<V, T extends V, R> {
  readonly key: string;
  readonly fn: (current: T | undefined, context: UpdateContext) => Change<T, R>;
  readonly coder: ValueCoder<V>;
  readonly clock: Clock;
  readonly defaultTtlMs: number | undefined;

  constructor(
    key: string,
    fn: (current: T | undefined, context: UpdateContext) => Change<T, R>,
    coder: ValueCoder<V>,
    clock: Clock,
    defaultTtlMs: number | undefined,
  ) {
    this.key = key;
    this.fn = fn;
    this.coder = coder;
    this.clock = clock;
    this.defaultTtlMs = defaultTtlMs;
  }
}

/** Decides on a put. */
class PutStep {
  readonly type = 'put';
  readonly value: Uint8Array;
  readonly ttl: WriteTtl;
  readonly result: unknown;

  constructor(value: Uint8Array, ttl: WriteTtl, result: unknown) {
    this.value = value;
    this.ttl = ttl;
    this.result = result;
  }
}

/** The answer of a step whose function threw. */
export class StepThrown {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/** What the function decided; throws what it threw. */
export function resultOf<R>(answer: unknown): R {
  if (answer instanceof StepThrown) throw answer.error;
  return answer as R;
}

/**
 * The function of an `update` as a step on bytes. What it throws is an answer like any other, so that it
 * reaches its caller as it is, whatever layers it passes.
 */
export function mutateStep<V, T extends V, R>(
  update: UpdateFunction<V, T, R>,
): (state: MutationState) => MutationStep {
  return (state) => stepOf(update, state);
}

/** One run of such a step. */
export function stepOf<V, T extends V, R>(
  update: UpdateFunction<V, T, R>,
  state: MutationState,
): MutationStep {
  try {
    return decide(update, state);
  } catch (thrown) {
    return { type: 'keep', result: new StepThrown(thrown) };
  }
}

function decide<V, T extends V, R>(
  { key, fn, coder, clock, defaultTtlMs }: UpdateFunction<V, T, R>,
  { value, ttlMs }: MutationState,
): MutationStep {
  const current = value === undefined ? undefined : (coder.decode(value, key) as T);
  const change = fn(current, { now: clock.now(), ttlMs });
  if (typeof change === 'object' && change !== null) {
    const { result } = change;
    if ('put' in change) {
      const initial = value === undefined ? (defaultTtlMs ?? 'none') : 'keep';
      const ttl = change.ttlMs === undefined ? initial : checkWriteTtl(change.ttlMs, key);
      return new PutStep(coder.encode(change.put, key), ttl, result);
    }
    if ('delete' in change) return { type: 'delete', result };
    if ('keep' in change) return { type: 'keep', result };
  }
  const text = 'the function of update returns { put }, { delete: true } or { keep: true }';
  throw new KvError('INVALID_ARGUMENT', text, { key });
}
