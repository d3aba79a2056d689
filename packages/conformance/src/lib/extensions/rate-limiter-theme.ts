import { equal, ok } from '../assert/assert.js';
import type { FaultOptions } from '../faults/faulty-driver.js';
import { faultyStores, tolerate } from '../faults/faulty-stores.js';
import { sleep } from '../suite/sleep.js';
import type { TestContext } from '../suite/test-context.js';
import type { ConformanceTest, Theme } from '../suite/theme.js';
import { type Admission, expectLimited } from './admissions.js';
import type {
  LimitUnderTest,
  RateLimiterConformanceOptions,
  RateLimiterUnderTest,
} from './rate-limiter-conformance.js';

const LONG_MS = 60_000;
const WINDOW_MS = 500;

/** What goes wrong in the tests under faults. */
const FAULTS: FaultOptions = {
  conflictRate: 0.05,
  refusedRate: 0.03,
  lostReplyRate: 0.05,
  lostRequestRate: 0.05,
  delayMs: [0, 4],
};

/** Calls and records what is allowed. A fault that was injected is no answer. */
async function record(
  limiter: RateLimiterUnderTest,
  key: string,
  cost: number,
  to: Admission[],
): Promise<LimitUnderTest | undefined> {
  const called = performance.now();
  const result = await limiter.limit(key, { cost }).catch(tolerate);
  if (result?.allowed) to.push({ called, returned: performance.now(), cost });
  return result;
}

/** Fires from several callers on every limiter until the time is over. */
async function fire(
  limiters: readonly RateLimiterUnderTest[],
  callers: number,
  key: string,
  forMs: number,
  context: TestContext,
): Promise<Admission[]> {
  const all: Admission[] = [];
  const end = performance.now() + forMs;
  await Promise.all(
    limiters.flatMap((limiter) =>
      Array.from({ length: callers }, async () => {
        while (performance.now() < end) {
          await record(limiter, key, context.random.int(1, 3), all);
          await sleep(context.random.next() * 4);
        }
      }),
    ),
  );
  return all;
}

async function drain(limiter: RateLimiterUnderTest, key: string): Promise<number> {
  let had = 0;
  while ((await limiter.limit(key)).allowed) had += 1;
  return had;
}

/** The tests of rate limiters, for limiters made by the options. */
export function rateLimiterTheme({ createLimiter }: RateLimiterConformanceOptions): Theme {
  const tests: ConformanceTest[] = [
    {
      name: 'of a crowd from several clients exactly the limit is let through',
      async run({ stores, key }) {
        for (const limit of [1, 5]) {
          const limiters = (await stores(4)).map((store) =>
            createLimiter(store, key(`crowd${limit}`), { limit, windowMs: LONG_MS }),
          );
          const all = await Promise.all(
            Array.from({ length: 80 }, (_, index) => limiters[index % 4]!.limit('a')),
          );
          const allowed = all.filter((result) => result.allowed);
          equal(allowed.length, limit, `allowed of 80, limit ${limit}`);
          const left = allowed.map(({ remaining }) => remaining).sort((a, b) => a - b);
          equal(left, Array.from(left.keys()), 'what each was told is left');
          equal((await limiters[0]!.limit('b')).allowed, true, 'another key');
        }
      },
    },
    {
      name: 'what is refused takes nothing',
      async run({ stores, key }) {
        const options = { limit: 5, windowMs: LONG_MS, denyCacheMs: 0 };
        const limiters = (await stores(2)).map((store) => createLimiter(store, key(), options));
        equal((await limiters[0]!.limit('a', { cost: 3 })).allowed, true, '3 of 5');
        for (let time = 0; time < 6; time += 1) {
          const { allowed } = await limiters[time % 2]!.limit('a', { cost: 3 });
          equal(allowed, false, '3 more');
        }
        equal((await limiters[1]!.limit('a', { cost: 6 })).allowed, false, 'more than the limit');
        equal((await limiters[0]!.limit('a', { cost: 2 })).allowed, true, 'the rest, at once');
        equal((await limiters[1]!.limit('a')).allowed, false, 'one more');
      },
    },
    {
      name: 'two windows that meet hold no more than one',
      async run({ stores, key }) {
        const limit = 10;
        const limiters = (await stores(2)).map((store) =>
          createLimiter(store, key(), { limit, windowMs: WINDOW_MS, denyCacheMs: 0 }),
        );
        const all: Admission[] = [];
        const burst = async (count: number): Promise<void> => {
          const calls = Array.from({ length: count }, (_, index) =>
            record(limiters[index % 2]!, 'a', 1, all),
          );
          await Promise.all(calls);
        };
        await burst(1);
        await sleep(WINDOW_MS * 0.8);
        await burst(limit - 1);
        await sleep(WINDOW_MS * 0.25);
        await burst(limit);
        await sleep(WINDOW_MS * 0.3);
        await burst(limit);
        expectLimited(all, limit, WINDOW_MS);
      },
    },
    {
      name: 'under fire from several clients no window holds more, and every window is used',
      async run(context) {
        const limit = 20;
        const limiters = (await context.stores(4)).map((store) =>
          createLimiter(store, context.key(), { limit, windowMs: WINDOW_MS }),
        );
        const all = await fire(limiters, 4, 'a', WINDOW_MS * 5, context);
        expectLimited(all, limit, WINDOW_MS);
        const sum = all.reduce((total, { cost }) => total + cost, 0);
        ok(sum >= limit * 2, `${sum} in five windows of ${limit}`);
      },
    },
    {
      name: 'says when to come again, and then it is so',
      async run({ stores, key }) {
        const options = { limit: 1, windowMs: WINDOW_MS };
        const limiters = (await stores(2)).map((store) => createLimiter(store, key(), options));
        equal((await limiters[0]!.limit('a')).allowed, true, 'the first');
        for (const limiter of limiters) {
          let result = await limiter.limit('a');
          equal(result.allowed, false, 'the second');
          ok(result.retryAfterMs > 0 && result.retryAfterMs <= WINDOW_MS * 2, 'a time to wait');
          await sleep(result.retryAfterMs + 20);
          result = await limiter.limit('a');
          equal(result.allowed, true, 'after that time');
        }
      },
    },
    {
      name: 'peek takes nothing; refund, reset and block reach every client',
      async run({ stores, key }) {
        const options = { limit: 3, windowMs: LONG_MS, denyCacheMs: 0 };
        const [one, other] = (await stores(2)).map((store) =>
          createLimiter(store, key(), options),
        ) as [RateLimiterUnderTest, RateLimiterUnderTest];
        for (let time = 0; time < 5; time += 1) {
          equal((await one.peek('a')).remaining, 3, 'left after a peek');
        }
        equal(await drain(one, 'a'), 3, 'to be had');
        equal((await other.peek('a')).allowed, false, 'peek when all is taken');
        await one.refund('a', { cost: 2 });
        equal(await drain(other, 'a'), 2, 'to be had after a refund of 2');
        await other.refund('a', { cost: 100 });
        equal((await one.peek('a')).remaining, 3, 'left after a refund of more than was taken');
        equal(await drain(one, 'a'), 3, 'to be had after that');
        await other.reset('a');
        equal(await drain(one, 'a'), 3, 'to be had after a reset');
        await one.reset('a');
        await one.block('a', LONG_MS);
        equal((await other.limit('a')).allowed, false, 'blocked');
        await other.reset('a');
        equal((await one.limit('a')).allowed, true, 'after the reset of a block');
      },
    },
    {
      name: 'under faults no window holds more, and nothing that was allowed is forgotten',
      async run(context) {
        const limit = 8;
        const all = await faultyStores(context, 4, FAULTS);
        const limiters = all.map((store) =>
          createLimiter(store, context.key(), { limit, windowMs: WINDOW_MS }),
        );
        const admissions = await fire(limiters, 2, 'a', WINDOW_MS * 5, context);
        expectLimited(admissions, limit, WINDOW_MS);
        ok(admissions.length > 0, 'nothing at all was admitted');

        const wide = { limit: 1_000, windowMs: LONG_MS, denyCacheMs: 0 };
        const counting = all.map((store) => createLimiter(store, context.key('wide'), wide));
        const had: Admission[] = [];
        await Promise.all(
          counting.map(async (limiter) => {
            for (let time = 0; time < 30; time += 1) await record(limiter, 'a', 1, had);
          }),
        );
        const steady = createLimiter(context.store(), context.key('wide'), wide);
        const { remaining } = await steady.peek('a');
        ok(remaining <= 1_000 - had.length, `${had.length} admitted, ${remaining} of 1,000 left`);
      },
    },
  ];
  return { name: 'rate limiter', tests };
}
