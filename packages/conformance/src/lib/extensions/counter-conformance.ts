import type { Store } from '@grovekv/kv-core';
import type { SuiteOptions } from '../suite/options.js';
import { registerTests, type TestRunner } from '../suite/register-tests.js';
import { planConformance } from '../suite/run-conformance.js';
import { counterTheme, EXACT_RETRIES } from './counter-theme.js';

/** What the suite asks of a counter; `createCounter` of `@grovekv/ext-counter` makes one. */
export interface CounterUnderTest {
  add(
    by?: number,
    options?: {
      readonly min?: number | undefined;
      readonly max?: number | undefined;
      readonly opId?: string | undefined;
    },
  ): Promise<{ readonly value: number; readonly applied: boolean }>;
  get(): Promise<number>;
  set(value: number): Promise<void>;
  reset(): Promise<number>;
  compareAndSet(
    expected: number,
    next: number,
  ): Promise<{ readonly value: number; readonly applied: boolean }>;
}

/** What {@link counterConformance} needs. */
export interface CounterConformanceOptions extends SuiteOptions {
  /** Makes the counter of this name on a store; `ttlMs` counts from its creation. */
  createCounter(
    store: Store,
    name: string,
    options?: { readonly ttlMs?: number },
  ): CounterUnderTest;
  /** Makes one that counts each `opId` once, if there is such a thing. */
  readonly createExactCounter?: ((store: Store, name: string) => CounterUnderTest) | undefined;
}

/**
 * Registers the suite of counters on a driver: exact from several clients, native and portable, bounds,
 * resets, compare-and-set, random histories, lost replies.
 */
export function counterConformance(options: CounterConformanceOptions & TestRunner): void {
  const skip = {
    ...(!options.createExactCounter && {
      [`counter: ${EXACT_RETRIES}`]: 'the option createExactCounter is not given',
    }),
    ...options.skip,
  };
  const tests = planConformance({ ...options, skip }, [counterTheme(options)]);
  registerTests(`counters on ${options.name} conform`, options, tests);
}
