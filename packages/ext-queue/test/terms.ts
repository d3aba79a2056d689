import type { QueueOptions } from '../src/index.js';

/** Of the queue that the processes share. */
export const TERMS: QueueOptions<{ n: number; poison: boolean }> = {
  visibilityMs: 2_000,
  maxAttempts: 8,
  backoff: { type: 'fixed', delayMs: 20 },
};
