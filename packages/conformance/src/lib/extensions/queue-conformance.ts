import type { Store } from '@grovekv/kv-core';
import type { SuiteOptions } from '../suite/options.js';
import { registerTests, type TestRunner } from '../suite/register-tests.js';
import { planConformance } from '../suite/run-conformance.js';
import { queueFaultsTheme } from './queue-faults-theme.js';
import { queueTheme } from './queue-theme.js';

/** What the suite asks of a delivery. */
export interface JobUnderTest {
  readonly id: string;
  readonly payload: unknown;
  /** Which delivery of the job this is, from 1. */
  readonly attempt: number;
  /** Another one for each delivery. */
  readonly token: string;
  ack(): Promise<void>;
  nack(options?: { readonly delayMs?: number }): Promise<void>;
  extend(ms?: number): Promise<void>;
}

/** What the suite asks of a queue; `createQueue` of `@grovekv/ext-queue` makes one. */
export interface QueueUnderTest {
  enqueue(
    payload: number,
    options?: {
      readonly id?: string;
      readonly dedupe?: string;
      readonly delayMs?: number;
      readonly priority?: number;
    },
  ): Promise<{ readonly id: string; readonly duplicate: boolean }>;
  /** Up to `most` jobs that are there now, in order. */
  reserveMany(most: number): Promise<JobUnderTest[]>;
  readonly dead: {
    list(options?: { readonly limit?: number }): Promise<{ id: string; payload: unknown }[]>;
    redrive(ids?: readonly string[]): Promise<number>;
    purge(ids?: readonly string[]): Promise<number>;
  };
}

/** The terms of a queue under test. */
export interface QueueTerms {
  readonly visibilityMs: number;
  readonly maxAttempts: number;
  /** The rest after a failed attempt, the same after each. */
  readonly backoffMs: number;
}

/** What {@link queueConformance} needs. It runs in real time: do not inject a clock. */
export interface QueueConformanceOptions extends Omit<SuiteOptions, 'clock' | 'advance'> {
  /** Makes the queue of this name on a store. */
  createQueue(store: Store, name: string, terms: QueueTerms): QueueUnderTest;
}

/**
 * Registers the suite of queues on a driver: order, leases that end and who may settle them, attempts
 * and dead letters, ids, delays and priorities; and under lost replies and requests, that every
 * acknowledged job ends acknowledged, dead or present, that none comes back once it is done, and that no
 * job is delivered more often than it may be.
 */
export function queueConformance(options: QueueConformanceOptions & TestRunner): void {
  const themes = [queueTheme(options), queueFaultsTheme(options)];
  registerTests(`queues on ${options.name} conform`, options, planConformance(options, themes));
}
