import type { Store } from '@grovekv/kv-core';
import type { SuiteOptions } from '../suite/options.js';
import { registerTests, type TestRunner } from '../suite/register-tests.js';
import { planConformance } from '../suite/run-conformance.js';
import { lockTheme } from './lock-theme.js';

/** What the suite asks of a lease. */
export interface LeaseUnderTest {
  readonly fence: number;
  readonly held: boolean;
  readonly signal: AbortSignal;
  extend(ttlMs?: number): Promise<void>;
  release(): Promise<boolean>;
}

/** What the suite asks of a lock; `createLock` of `@grovekv/ext-lock` makes one. */
export interface LockUnderTest {
  acquire(options?: {
    readonly signal?: AbortSignal | undefined;
    readonly waitMs?: number | undefined;
  }): Promise<LeaseUnderTest>;
  tryAcquire(): Promise<LeaseUnderTest | undefined>;
  withLock<T>(body: (lease: LeaseUnderTest) => T | Promise<T>): Promise<T>;
}

/** What {@link lockConformance} needs. It runs in real time: do not inject a clock. */
export interface LockConformanceOptions extends Omit<SuiteOptions, 'clock' | 'advance'> {
  /** Makes the lock of this name on a store. */
  createLock(
    store: Store,
    name: string,
    options: { readonly ttlMs: number; readonly autoExtend?: boolean },
  ): LockUnderTest;
}

/**
 * Registers the suite of locks on a driver: one holder at a time among several clients, fences that
 * rise, leases that end when they say, nobody but the owner changes them, lost replies.
 */
export function lockConformance(options: LockConformanceOptions & TestRunner): void {
  registerTests(
    `locks on ${options.name} conform`,
    options,
    planConformance(options, [lockTheme(options)]),
  );
}
