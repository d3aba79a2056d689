import { describe, expect, it } from 'vitest';
import {
  type CounterConformanceOptions,
  counterConformance,
  type LockConformanceOptions,
  lockConformance,
  type RateLimiterConformanceOptions,
  rateLimiterConformance,
} from '../src/index.js';
import { counterTheme, EXACT_RETRIES } from '../src/lib/extensions/counter-theme.js';
import { lockTheme } from '../src/lib/extensions/lock-theme.js';
import { rateLimiterTheme } from '../src/lib/extensions/rate-limiter-theme.js';
import { planConformance } from '../src/lib/suite/run-conformance.js';
import type { Theme } from '../src/lib/suite/theme.js';
import { ReferenceDatabase, ReferenceDriver } from '../src/mutants.js';
import { brokenCounters, SimpleCounter } from './simple-counter.js';
import { brokenLimiters, SimpleLimiter } from './simple-limiter.js';
import { brokenLocks, SimpleLock } from './simple-lock.js';

const database = new ReferenceDatabase();
const onReference = { name: 'reference', create: () => new ReferenceDriver(database) };

function counterOptions(Counter: typeof SimpleCounter): CounterConformanceOptions {
  const createCounter = (...args: ConstructorParameters<typeof SimpleCounter>) =>
    new Counter(...args);
  return { ...onReference, createCounter };
}

function lockOptions(Lock: typeof SimpleLock): LockConformanceOptions {
  return { ...onReference, createLock: (...args) => new Lock(...args) };
}

function limiterOptions(Limiter: typeof SimpleLimiter): RateLimiterConformanceOptions {
  return { ...onReference, createLimiter: (...args) => new Limiter(...args) };
}

counterConformance({ ...counterOptions(SimpleCounter), describe, it, log: () => {} });
lockConformance({ ...lockOptions(SimpleLock), describe, it });
rateLimiterConformance({ ...limiterOptions(SimpleLimiter), describe, it });

async function failures(theme: Theme): Promise<string[]> {
  const skip = { [`counter: ${EXACT_RETRIES}`]: 'a simple counter has none' };
  const tests = planConformance({ ...onReference, skip, log: () => {} }, [theme]);
  const ends = await Promise.allSettled(tests.map((test) => test.run()));
  return tests.flatMap((test, index) => (ends[index]?.status === 'rejected' ? [test.name] : []));
}

describe('every broken counter is caught', () => {
  for (const [name, Counter] of Object.entries(brokenCounters)) {
    it(`that ${name}`, async () => {
      expect(await failures(counterTheme(counterOptions(Counter)))).not.toEqual([]);
    });
  }
});

describe('every broken lock is caught', () => {
  for (const [name, Lock] of Object.entries(brokenLocks)) {
    it(`that ${name}`, async () => {
      expect(await failures(lockTheme(lockOptions(Lock)))).not.toEqual([]);
    });
  }
});

describe('every broken rate limiter is caught', () => {
  for (const [name, Limiter] of Object.entries(brokenLimiters)) {
    it(`that ${name}`, async () => {
      expect(await failures(rateLimiterTheme(limiterOptions(Limiter)))).not.toEqual([]);
    });
  }
});
