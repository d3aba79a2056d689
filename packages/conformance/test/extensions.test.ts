import { describe, expect, it } from 'vitest';
import {
  type CounterConformanceOptions,
  counterConformance,
  type LeaderboardConformanceOptions,
  type LockConformanceOptions,
  leaderboardConformance,
  lockConformance,
  type QueueConformanceOptions,
  queueConformance,
  type RateLimiterConformanceOptions,
  rateLimiterConformance,
  type SessionConformanceOptions,
  sessionConformance,
} from '../src/index.js';
import { counterTheme, EXACT_RETRIES } from '../src/lib/extensions/counter-theme.js';
import { leaderboardRacesTheme } from '../src/lib/extensions/leaderboard-races-theme.js';
import { leaderboardTheme, PERIODS } from '../src/lib/extensions/leaderboard-theme.js';
import { lockTheme } from '../src/lib/extensions/lock-theme.js';
import { queueFaultsTheme } from '../src/lib/extensions/queue-faults-theme.js';
import { queueTheme } from '../src/lib/extensions/queue-theme.js';
import { rateLimiterTheme } from '../src/lib/extensions/rate-limiter-theme.js';
import { sessionTheme } from '../src/lib/extensions/session-theme.js';
import { planConformance } from '../src/lib/suite/run-conformance.js';
import type { Theme } from '../src/lib/suite/theme.js';
import { ReferenceDatabase, ReferenceDriver } from '../src/mutants.js';
import { brokenLeaderboards } from './broken-leaderboards.js';
import { brokenPeriods } from './broken-periods.js';
import { brokenCounters, SimpleCounter } from './simple-counter.js';
import { SimpleBoard, SimplePeriods } from './simple-leaderboard.js';
import { brokenLimiters, SimpleLimiter } from './simple-limiter.js';
import { brokenLocks, SimpleLock } from './simple-lock.js';
import { brokenQueues, SimpleQueue } from './simple-queue.js';
import { brokenSessions, SimpleSessions } from './simple-sessions.js';
import { tornLeaderboards } from './torn-leaderboards.js';

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

function sessionOptions(Sessions: typeof SimpleSessions): SessionConformanceOptions {
  return { ...onReference, createSessions: (...args) => new Sessions(...args) };
}

function limiterOptions(Limiter: typeof SimpleLimiter): RateLimiterConformanceOptions {
  return { ...onReference, createLimiter: (...args) => new Limiter(...args) };
}

function queueOptions(Queue: typeof SimpleQueue): QueueConformanceOptions {
  return { ...onReference, createQueue: (...args) => new Queue(...args) };
}

function boardOptions(
  Board: typeof SimpleBoard,
  Periods: typeof SimplePeriods = SimplePeriods,
): LeaderboardConformanceOptions {
  return {
    ...onReference,
    createLeaderboard: (...args) => new Board(...args),
    createPeriods: (...args) => new Periods(...args),
  };
}

counterConformance({ ...counterOptions(SimpleCounter), describe, it, log: () => {} });
leaderboardConformance({ ...boardOptions(SimpleBoard), describe, it });
lockConformance({ ...lockOptions(SimpleLock), describe, it });
queueConformance({ ...queueOptions(SimpleQueue), describe, it });
sessionConformance({ ...sessionOptions(SimpleSessions), describe, it });
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

/** The first test that fails. One after the other: what is broken in one way is slow in others. */
async function firstFailure(themes: readonly Theme[]): Promise<string | undefined> {
  for (const test of planConformance({ ...onReference, log: () => {} }, themes)) {
    const passed = await test.run().then(
      () => true,
      () => false,
    );
    if (!passed) return test.name;
  }
  return undefined;
}

describe('every broken queue is caught', () => {
  for (const [name, Queue] of Object.entries(brokenQueues)) {
    it(`that ${name}`, async () => {
      const options = queueOptions(Queue);
      const themes = [queueTheme(options), queueFaultsTheme(options)];
      expect(await firstFailure(themes)).toBeDefined();
    }, 60_000);
  }
});

describe('every broken leaderboard is caught', () => {
  for (const [name, Board] of Object.entries(brokenLeaderboards)) {
    it(`that ${name}`, async () => {
      expect(await firstFailure([leaderboardTheme(boardOptions(Board))])).toBeDefined();
    });
  }
});

describe('every torn leaderboard is caught', () => {
  for (const [name, Board] of Object.entries(tornLeaderboards)) {
    it(`that ${name}`, async () => {
      expect(await firstFailure([leaderboardRacesTheme(boardOptions(Board))])).toBeDefined();
    }, 60_000);
  }
});

describe('all broken boards by period are caught', () => {
  for (const [name, Periods] of Object.entries(brokenPeriods)) {
    it(`that ${name}`, async () => {
      const theme = leaderboardTheme(boardOptions(SimpleBoard, Periods));
      expect(await failures(theme)).toEqual([PERIODS]);
    });
  }
});

describe('every broken store of sessions is caught', () => {
  for (const [name, Sessions] of Object.entries(brokenSessions)) {
    it(`that ${name}`, async () => {
      expect(await failures(sessionTheme(sessionOptions(Sessions)))).not.toEqual([]);
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
