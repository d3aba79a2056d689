import { equal, ok, rejects } from '../assert/assert.js';
import { sleep } from '../suite/sleep.js';
import type { TestContext } from '../suite/test-context.js';
import type { ConformanceTest, Theme } from '../suite/theme.js';
import type {
  JobUnderTest,
  QueueConformanceOptions,
  QueueTerms,
  QueueUnderTest,
} from './queue-conformance.js';
import { QueueHistory } from './queue-history.js';

const LONG: QueueTerms = { visibilityMs: 60_000, maxAttempts: 3, backoffMs: 0 };
const SHORT: QueueTerms = { visibilityMs: 400, maxAttempts: 3, backoffMs: 0 };

/** The next job, waited for; fails if none comes in time. */
async function next(queue: QueueUnderTest, withinMs: number, what: string): Promise<JobUnderTest> {
  const until = performance.now() + withinMs;
  do {
    const [job] = await queue.reserveMany(1);
    if (job) return job;
    await sleep(10);
  } while (performance.now() < until);
  ok(false, `${what}: nothing came within ${withinMs} ms`);
}

/** How long a lease of `SHORT` may take to be over for others. */
const overMs = (context: TestContext): number => SHORT.visibilityMs + context.lateMs + 5_000;

/** The tests of queues, for queues made by the options. */
export function queueTheme({ createQueue }: QueueConformanceOptions): Theme {
  const pair = async (context: TestContext, terms: QueueTerms): Promise<QueueUnderTest[]> => {
    const stores = await context.stores(2);
    return stores.map((store) => createQueue(store, context.key(), terms));
  };

  const tests: ConformanceTest[] = [
    {
      name: 'jobs come out in the order in which they went in, each once',
      async run(context) {
        const [producer, consumer] = (await pair(context, LONG)) as [
          QueueUnderTest,
          QueueUnderTest,
        ];
        for (let number = 0; number < 20; number += 1) await producer.enqueue(number);
        await Promise.all(Array.from({ length: 180 }, (_, at) => producer.enqueue(20 + at)));
        const got: unknown[] = [];
        for (let most = 1; got.length < 200; most = (most % 9) + 1) {
          const jobs = await consumer.reserveMany(most);
          ok(jobs.length > 0 && jobs.length <= most, `${jobs.length} jobs of at most ${most}`);
          for (const { payload, attempt } of jobs) {
            got.push(payload);
            equal(attempt, 1, 'the attempt');
          }
          await Promise.all(jobs.map((job) => job.ack()));
        }
        equal(
          got,
          Array.from({ length: 200 }, (_, number) => number),
          'the payloads',
        );
        equal((await consumer.reserveMany(5)).length, 0, 'afterwards');
        equal((await producer.reserveMany(5)).length, 0, 'afterwards, for the producer');
      },
    },
    {
      name: 'several producers and consumers: each job is done once, first deliveries in order',
      async run(context) {
        const stores = await context.stores(4);
        const queues = stores.map((store) => createQueue(store, context.key(), LONG));
        const history = new QueueHistory();
        let left = 240;
        const until = performance.now() + 25_000;
        const produce = async (producer: number): Promise<void> => {
          for (let turn = 0; turn < 12; turn += 1) {
            const numbers = Array.from({ length: 10 }, (_, at) => (turn * 10 + at) * 2 + producer);
            await Promise.all(numbers.map((number) => history.enqueue(queues[producer]!, number)));
          }
        };
        const consume = async (consumer: number): Promise<void> => {
          const random = context.random.fork();
          while (left > 0) {
            ok(performance.now() < until, `${left} jobs were not done in time`);
            const jobs = (await history.reserve(queues[consumer]!, random.int(1, 20))) ?? [];
            const acked = await Promise.all(jobs.map((job) => history.ack(job)));
            left -= acked.filter(Boolean).length;
            if (jobs.length === 0) await sleep(2);
          }
        };
        await Promise.all([produce(0), produce(1), consume(2), consume(3)]);
        equal(history.acks.length, 240, 'acknowledged');
        equal(history.deliveries.length, 240, 'delivered');
        history.check(1);
        history.checkOrder();
      },
    },
    {
      name: 'a lease that runs out is lost: the next has another token, and only that one settles',
      async run(context) {
        const [a, b] = (await pair(context, SHORT)) as [QueueUnderTest, QueueUnderTest];
        await a.enqueue(7);
        const called = performance.now();
        const first = await next(a, 1_000, 'the first delivery');
        equal((await b.reserveMany(1)).length, 0, 'while it is leased');
        const second = await next(b, overMs(context), 'the second delivery');
        const passed = performance.now() - called;
        ok(passed >= SHORT.visibilityMs - 3, `delivered again after ${passed} ms`);
        equal(second.payload, 7, 'the payload');
        equal(second.attempt, 2, 'a lost lease is an attempt');
        ok(first.token !== second.token, 'another token');
        await rejects(() => first.ack(), 'LEASE_LOST', 'ack by the first');
        await rejects(() => first.nack(), 'LEASE_LOST', 'nack by the first');
        await rejects(() => first.extend(60_000), 'LEASE_LOST', 'extend by the first');
        await second.extend(60_000);
        await second.ack();
        await rejects(() => first.ack(), 'LEASE_LOST', 'ack by the first, once it is done');
        await sleep(SHORT.visibilityMs + 50);
        equal((await a.reserveMany(1)).length, 0, 'what is done');
      },
    },
    {
      name: 'an extended lease lasts',
      async run(context) {
        const [a, b] = (await pair(context, SHORT)) as [QueueUnderTest, QueueUnderTest];
        await a.enqueue(1);
        const job = await next(a, 1_000, 'the delivery');
        await job.extend(60_000);
        await sleep(SHORT.visibilityMs + context.lateMs / 4 + 100);
        equal((await b.reserveMany(1)).length, 0, 'after the first lease would have ended');
        await job.ack();
      },
    },
    {
      name: 'a job that fails is tried again, and is dead after its last attempt',
      async run(context) {
        const [a, b] = (await pair(context, LONG)) as [QueueUnderTest, QueueUnderTest];
        const { id } = await a.enqueue(1);
        await a.enqueue(2);
        for (let attempt = 1; attempt <= LONG.maxAttempts; attempt += 1) {
          const jobs = await b.reserveMany(2);
          const job = jobs.find(({ payload }) => payload === 1);
          equal(job?.attempt, attempt, 'the attempt');
          await job?.nack();
          for (const other of jobs) if (other !== job) await other.ack();
        }
        equal((await a.reserveMany(2)).length, 0, 'after the last attempt');
        const dead = await a.dead.list();
        equal(
          dead.map((job) => [job.id, job.payload]),
          [[id, 1]],
          'the dead letters',
        );
        equal(await b.dead.redrive([id]), 1, 'redriven');
        equal((await a.dead.list()).length, 0, 'dead letters after that');
        const again = await next(a, 5_000, 'the redriven job');
        equal([again.payload, again.attempt], [1, 1], 'the redriven job');
        await again.nack();
        for (let attempt = 2; attempt <= LONG.maxAttempts; attempt += 1) {
          await (await next(b, 5_000, 'the next attempt')).nack();
        }
        equal(await a.dead.purge(), 1, 'purged');
        equal((await b.dead.list()).length, 0, 'dead letters after the purge');
        equal((await b.reserveMany(2)).length, 0, 'jobs after the purge');
      },
    },
    {
      name: 'of two that purge or redrive at once, one counts and moves a dead letter',
      async run(context) {
        const terms = { ...LONG, maxAttempts: 1 };
        const [a, b] = (await pair(context, terms)) as [QueueUnderTest, QueueUnderTest];
        const die = async (count: number): Promise<void> => {
          await Promise.all(Array.from({ length: count }, (_, number) => a.enqueue(number)));
          let died = 0;
          while (died < count) {
            const jobs = await b.reserveMany(count);
            ok(jobs.length > 0, `${died} of ${count} jobs`);
            await Promise.all(jobs.map((job) => job.nack()));
            died += jobs.length;
          }
        };
        await die(10);
        const purged = await Promise.all([a.dead.purge(), b.dead.purge()]);
        equal(purged[0] + purged[1], 10, 'purged');
        await die(6);
        const redriven = await Promise.all([a.dead.redrive(), b.dead.redrive()]);
        equal(redriven[0] + redriven[1], 6, 'redriven');
        equal((await a.dead.list()).length, 0, 'dead letters afterwards');
        const payloads = (await b.reserveMany(20)).map(({ payload }) => payload as number);
        equal(payloads.sort(), [0, 1, 2, 3, 4, 5], 'jobs afterwards');
      },
    },
    {
      name: 'a job that kills its workers ends among the dead letters',
      async run(context) {
        const [a, b] = (await pair(context, SHORT)) as [QueueUnderTest, QueueUnderTest];
        await a.enqueue(13);
        for (let attempt = 1; attempt <= SHORT.maxAttempts; attempt += 1) {
          const job = await next(attempt % 2 ? a : b, overMs(context), `attempt ${attempt}`);
          equal(job.attempt, attempt, 'the attempt');
        }
        const until = performance.now() + overMs(context);
        let dead: unknown[] = [];
        while (dead.length === 0 && performance.now() < until) {
          equal((await a.reserveMany(1)).length, 0, 'after the last attempt');
          dead = await b.dead.list();
          await sleep(20);
        }
        equal(dead.length, 1, 'dead letters');
      },
    },
    {
      name: 'an id names one job, and a dedupe key one job that is not done',
      async run(context) {
        const queues = await pair(context, LONG);
        const both = await Promise.all(
          queues.flatMap((queue) =>
            Array.from({ length: 5 }, () => queue.enqueue(1, { id: 'only' })),
          ),
        );
        equal(both.filter(({ duplicate }) => !duplicate).length, 1, 'first ones of the id');
        const [a, b] = queues as [QueueUnderTest, QueueUnderTest];
        const one = await a.enqueue(2, { dedupe: 'key' });
        const two = await b.enqueue(3, { dedupe: 'key' });
        equal([one.duplicate, two.duplicate, two.id], [false, true, one.id], 'of the key');
        const jobs = await b.reserveMany(10);
        equal(
          jobs.map(({ payload }) => payload),
          [1, 2],
          'the jobs',
        );
        equal((await a.enqueue(4, { dedupe: 'key' })).duplicate, true, 'while it is leased');
        for (const job of jobs) await job.ack();
        equal((await a.enqueue(5, { dedupe: 'key' })).duplicate, false, 'once it is done');
        equal((await b.enqueue(6, { id: 'only' })).duplicate, true, 'the id, once it is done');
        equal(
          (await a.reserveMany(10)).map(({ payload }) => payload),
          [5],
          'the rest',
        );
      },
    },
    {
      name: 'a delayed job comes when it is due, not before',
      async run(context) {
        const [a, b] = (await pair(context, LONG)) as [QueueUnderTest, QueueUnderTest];
        const start = Date.now();
        await a.enqueue(1, { delayMs: 600 });
        await a.enqueue(2);
        equal(
          (await b.reserveMany(5)).map(({ payload }) => payload),
          [2],
          'at once',
        );
        const job = await next(b, 10_000, 'the delayed job');
        ok(Date.now() - start >= 600, `it came after ${Date.now() - start} ms`);
        equal(job.payload, 1, 'the delayed job');
        await job.nack({ delayMs: 300 });
        const nacked = Date.now();
        const again = await next(a, 10_000, 'the job that rested');
        ok(Date.now() - nacked >= 295, `it rested ${Date.now() - nacked} ms`);
        await again.ack();
      },
    },
    {
      name: 'higher priorities first, in order within each',
      async run(context) {
        const [a, b] = (await pair(context, LONG)) as [QueueUnderTest, QueueUnderTest];
        for (const [payload, priority] of [
          [1, 0],
          [2, 5],
          [3, 9],
          [4, 5],
          [5, 0],
        ] as const) {
          await a.enqueue(payload, { priority });
        }
        const got: unknown[] = [];
        while (got.length < 5) {
          const [job] = await b.reserveMany(1);
          if (!job) break;
          got.push(job.payload);
        }
        equal(got, [3, 2, 4, 1, 5], 'the order');
      },
    },
  ];
  return { name: 'queue', tests };
}
