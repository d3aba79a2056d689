import { invalid } from './arguments.js';
import type { Arithmetic } from './arithmetic.js';
import type { AddOptions, AddResult } from './counter.js';

/** The checked arguments of an addition. */
export interface Addition<N extends number | bigint> {
  readonly by: N;
  readonly min: N | undefined;
  readonly max: N | undefined;
}

/** Refuses what is no integer, and bounds that nothing could meet. */
export function checkAddition<N extends number | bigint>(
  { by, min, max }: { by: N | undefined } & Pick<AddOptions<N>, 'min' | 'max'>,
  arithmetic: Arithmetic<N>,
  key: string,
): Addition<N> {
  const check = (value: N | undefined, name: string): N | undefined =>
    value === undefined ? undefined : arithmetic.check(value, name, key);
  const bounds = { min: check(min, 'min'), max: check(max, 'max') };
  if (bounds.min !== undefined && bounds.max !== undefined && bounds.min > bounds.max) {
    throw invalid('min is above max', key);
  }
  return { by: check(by, 'by') ?? arithmetic.one, ...bounds };
}

/** What an addition makes of a value. */
export function addTo<N extends number | bigint>(
  value: N,
  { by, min, max }: Addition<N>,
  arithmetic: Arithmetic<N>,
): AddResult<N> {
  const next = ((value as number) + (by as number)) as N;
  const refused = (min !== undefined && next < min) || (max !== undefined && next > max);
  return refused ? { value, applied: false } : { value: arithmetic.hold(next), applied: true };
}
