import { equal, ok, rejects } from '../assert/assert.js';
import { type FaultOptions, faultyDriver } from '../faults/faulty-driver.js';
import { faultyStores } from '../faults/faulty-stores.js';
import { sleep } from '../suite/sleep.js';
import type { TestContext } from '../suite/test-context.js';
import type { ConformanceTest, Theme } from '../suite/theme.js';
import type { QueueConformanceOptions } from './queue-conformance.js';
import { QueueHistory } from './queue-history.js';

const MIX: FaultOptions = {
  conflictRate: 0.05,
  refusedRate: 0.03,
  lostReplyRate: 0.05,
  lostRequestRate: 0.04,
  delayMs: [0, 2],
};
const JOBS = 60;

/** The tests of queues on a network that fails. */
export function queueFaultsTheme({ createQueue }: QueueConformanceOptions): Theme {
  const program = async (context: TestContext, withIds: boolean): Promise<void> => {
    const terms = { visibilityMs: 1_000, maxAttempts: 6, backoffMs: 0 };
    const stores = await faultyStores(context, 4, MIX);
    const queues = stores.map((store) => createQueue(store, context.key(), terms));
    const calm = createQueue(context.store(), context.key(), terms);
    const history = new QueueHistory();
    let producing = true;

    const produce = async (producer: number): Promise<void> => {
      for (let number = producer; number < JOBS; number += 2) {
        await history.enqueue(queues[producer]!, number, withIds ? `id-${number}` : undefined);
      }
    };
    const consume = async (consumer: number): Promise<void> => {
      const random = context.random.fork();
      while (producing) {
        const jobs = await history.reserve(queues[consumer]!, random.int(1, 8));
        for (const job of jobs ?? []) {
          if (random.chance(0.85)) await history.ack(job);
          else if (random.chance(0.5)) await job.nack().catch(() => undefined);
          // The rest is forgotten, as by a worker that died.
        }
        if (!jobs || jobs.length === 0) await sleep(2);
      }
    };
    const consumers = [consume(2), consume(3)];
    await Promise.all([produce(0), produce(1)]);
    await sleep(50);
    producing = false;
    await Promise.all(consumers);

    // In peace, until nothing comes any more: leases that were lost run out meanwhile.
    const quietMs = 1_500 + Math.min(context.lateMs, 4_000);
    const until = performance.now() + 30_000;
    let last = performance.now();
    while (performance.now() - last < quietMs) {
      ok(performance.now() < until, 'jobs came without end');
      const jobs = await history.reserve(calm, 50);
      for (const job of jobs ?? []) await history.ack(job);
      if (jobs && jobs.length > 0) last = performance.now();
      else await sleep(20);
    }
    const dead = await calm.dead.list({ limit: 1_000 });
    const payloads = dead.map(({ payload }) => payload as number);
    equal(new Set(payloads).size, payloads.length, 'no dead letter is there twice');
    history.check(terms.maxAttempts);
    history.checkOrder();
    history.checkEnd(new Set(payloads));
    ok(history.acks.length > JOBS / 3, `${history.acks.length} jobs were done`);
  };

  const tests: ConformanceTest[] = [
    {
      name: 'every acknowledged job ends done or dead, none comes back, in order',
      run: (context) => program(context, false),
    },
    {
      name: 'a job with an id, enqueued until acknowledged, is one job',
      run: (context) => program(context, true),
    },
    {
      name: 'a read that fails is not taken for an empty queue',
      async run(context) {
        const terms = { visibilityMs: 10_000, maxAttempts: 3, backoffMs: 0 };
        const queue = createQueue(context.store(), context.key(), terms);
        await queue.enqueue(1);
        const [driver] = await context.clients(1);
        const down = context.store(faultyDriver(driver!, { refusedRate: 1 }));
        const blind = createQueue(down, context.key(), terms);
        await rejects(() => blind.reserveMany(5), 'UNAVAILABLE', 'reserve without a store');
        await rejects(() => blind.dead.list(), 'UNAVAILABLE', 'dead letters without a store');
        equal((await queue.reserveMany(5)).length, 1, 'the job afterwards');
      },
    },
  ];
  return { name: 'queue under faults', tests };
}
