import { KvError } from '@grovekv/kv-core';
import type { Driver, DriverCall, MaybePromise, Write, WriteResult } from '@grovekv/kv-core/driver';
import { freshSeed, Random } from '../random/random.js';

/** What goes wrong, and how often. Rates are probabilities from 0 to 1 for each item. */
export interface FaultOptions {
  /** Default: a new one. */
  readonly seed?: number | undefined;
  /** A write on condition of a version is told that it conflicts, and is not made. */
  readonly conflictRate?: number | undefined;
  /** Refused for certain, reads too: `UNAVAILABLE`, `outcome: 'none'`. */
  readonly refusedRate?: number | undefined;
  /** Done, but the answer is lost: `TIMEOUT`, `outcome: 'unknown'`. */
  readonly lostReplyRate?: number | undefined;
  /** Not done, and the caller cannot know: `TIMEOUT`, `outcome: 'unknown'`. */
  readonly lostRequestRate?: number | undefined;
  /** Each call waits so long before and after: [least, most] in milliseconds. Default none. */
  readonly delayMs?: readonly [least: number, most: number] | undefined;
}

/** How many faults of each kind there were. */
export interface FaultCounts {
  conflicts: number;
  refused: number;
  lostReplies: number;
  lostRequests: number;
}

/** A driver that fails on purpose. */
export interface FaultyDriver extends Driver {
  readonly faults: Readonly<FaultCounts>;
  readonly seed: number;
}

type Fate = 'conflict' | 'refused' | 'lost reply' | 'lost request' | undefined;

/**
 * The same driver behind a bad network. Writes and increments meet all faults, reads are refused or
 * late. `mutate` is hidden, because a local transaction has no network to fail on.
 */
export function faultyDriver(driver: Driver, options: FaultOptions = {}): FaultyDriver {
  const random = new Random(options.seed ?? freshSeed());
  const { conflictRate = 0, refusedRate = 0, lostReplyRate = 0, lostRequestRate = 0 } = options;
  const counts: FaultCounts = { conflicts: 0, refused: 0, lostReplies: 0, lostRequests: 0 };

  const delay = async (): Promise<void> => {
    if (!options.delayMs) return;
    const [least, most] = options.delayMs;
    const ms = least + random.next() * (most - least);
    await new Promise((resolve) => setTimeout(resolve, ms));
  };

  const fateOf = (write?: Write): Fate => {
    if (random.chance(refusedRate)) {
      counts.refused += 1;
      return 'refused';
    }
    if (random.chance(lostRequestRate)) {
      counts.lostRequests += 1;
      return 'lost request';
    }
    if (random.chance(lostReplyRate)) {
      counts.lostReplies += 1;
      return 'lost reply';
    }
    if (typeof write?.condition === 'object' && random.chance(conflictRate)) {
      counts.conflicts += 1;
      return 'conflict';
    }
    return undefined;
  };

  /** Sends the items whose fate allows it, and puts the answers that come back in their places. */
  const send = async <Item extends { readonly key: string }, Result>(
    items: readonly Item[],
    fates: readonly Fate[],
    call: (items: readonly Item[]) => MaybePromise<(Result | KvError)[]>,
  ): Promise<(Result | KvError | WriteResult)[]> => {
    await delay();
    const sent = items.filter((_, index) => !fates[index] || fates[index] === 'lost reply');
    const answers = sent.length > 0 ? await call(sent) : [];
    await delay();
    let next = 0;
    return items.map((item, index) => {
      const fate = fates[index];
      if (fate === 'conflict') return { applied: false };
      if (fate === 'refused' || fate === 'lost request') return faultError(fate, item.key);
      const answer = answers[next] as Result | KvError;
      next += 1;
      return fate === 'lost reply' ? faultError(fate, item.key) : answer;
    });
  };

  const { increment, commit, scan } = driver;
  return {
    contract: driver.contract,
    traits: { ...driver.traits, synchronous: undefined },
    clock: driver.clock,
    faults: counts,
    seed: random.seed,
    async get(keys, call) {
      await delay();
      const answers = await driver.get(keys, call);
      await delay();
      // Not `map`, which skips the holes that a driver may leave for what is missing.
      return Array.from(answers, (answer, index) => {
        if (!random.chance(refusedRate)) return answer;
        counts.refused += 1;
        return faultError('refused', keys[index]);
      });
    },
    async write(writes, call) {
      const fates = writes.map((write) => fateOf(write));
      const answers = await send(writes, fates, (some) => driver.write(some, call));
      return answers as (WriteResult | KvError)[];
    },
    close: () => driver.close(),
    ...(increment && {
      async increment(increments: Parameters<typeof increment>[0], call: DriverCall) {
        const fates = increments.map(() => fateOf());
        const answers = await send(increments, fates, (some) => increment.call(driver, some, call));
        return answers as Awaited<ReturnType<typeof increment>>;
      },
    }),
    ...(commit && {
      async commit(...[checks, writes, call]: Parameters<typeof commit>) {
        await delay();
        const fate = fateOf();
        if (fate === 'refused' || fate === 'lost request') throw faultError(fate);
        const done = await commit.call(driver, checks, writes, call);
        await delay();
        if (fate === 'lost reply') throw faultError(fate);
        return done;
      },
    }),
    ...(scan && { scan: scan.bind(driver) }),
  };
}

function faultError(fate: NonNullable<Fate>, key?: string): KvError {
  const code = fate === 'refused' ? 'UNAVAILABLE' : 'TIMEOUT';
  const outcome = fate === 'refused' ? 'none' : 'unknown';
  return new KvError(code, `injected fault: ${fate}`, { key, outcome });
}
