import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Driver } from '@grovekv/kv-core/driver';
import { makeJob } from './lib/bench-job.js';
import { type GrowthDriver, growthDrivers } from './lib/growth-drivers.js';
import { growthPlot, type Series } from './lib/growth-plot.js';
import { figure, growthTable } from './lib/growth-table.js';
import { useBuiltPackages } from './lib/use-built-packages.js';

// What a job costs, by how many jobs are waiting: a table, and benchmarks/queue-growth.svg.

const { values } = parseArgs({
  options: {
    most: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: '0.5' },
    /** Print only. */
    dry: { type: 'boolean', default: false },
  },
});
useBuiltPackages();
const { createStore } = await import('@grovekv/kv-core');
const { createQueue } = await import('@grovekv/ext-queue');

const CALLERS = 50;
const BATCH = 1_000;

const NAMES: readonly GrowthDriver[] = ['Redis', 'LMDB', 'Level', 'memcached'];

/** Microseconds for a job that is enqueued, reserved and acknowledged, while others wait. */
async function growth(driver: Driver): Promise<[waiting: number, micros: number][]> {
  const store = createStore({ driver });
  const options = { allowVolatile: true };
  const points: [number, number][] = [];
  let filled = 0;
  for (let waiting = 100; waiting <= Number(values.most); waiting *= 10) {
    const queue = createQueue(store, 'growth', options);
    for (; filled < waiting; filled += BATCH) {
      const size = Math.min(BATCH, waiting - filled);
      const jobs = Array.from({ length: size }, (_, n) => ({ payload: makeJob(filled + n) }));
      await queue.enqueueMany(jobs);
      if (size < BATCH) filled += size - BATCH;
    }
    // The first call of a process finds the ends of the queue; it counts as any other.
    const start = performance.now();
    let jobs = 0;
    const caller = async (): Promise<void> => {
      while (performance.now() - start < Number(values.seconds) * 1_000) {
        await queue.enqueue(makeJob(jobs));
        const job = await queue.reserve();
        if (!job) throw new Error('a queue with waiting jobs gave none');
        await job.ack();
        jobs += 1;
      }
    };
    await Promise.all(Array.from({ length: CALLERS }, caller));
    points.push([waiting, ((performance.now() - start) * 1_000) / jobs]);
  }
  await store.close();
  return points;
}

const series: Series[] = [];
const drivers = await growthDrivers(NAMES);
try {
  for (const name of NAMES) series.push({ name, points: await growth(drivers.open(name)) });
} finally {
  await drivers.close();
}

const sizes = series[0]!.points.map(([waiting]) => waiting);
const rows = series.map(
  ({ name, points }) =>
    [name, new Map(points.map(([size, micros]) => [size, figure(micros)]))] as const,
);
console.log(growthTable('µs a job, with so many waiting', sizes, rows));
if (!values.dry) {
  const svg = growthPlot('A job enqueued, reserved and acknowledged', 'jobs waiting', series);
  writeFileSync(new URL('../queue-growth.svg', import.meta.url), svg);
}
