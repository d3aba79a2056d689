import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Leaderboard } from '@grovekv/ext-leaderboard';
import { runCallers } from './lib/callers.js';
import { countedDriver } from './lib/counted-driver.js';
import { type GrowthDriver, growthDrivers } from './lib/growth-drivers.js';
import { growthPlot, type Series } from './lib/growth-plot.js';
import { figure, growthTable } from './lib/growth-table.js';
import { useBuiltPackages } from './lib/use-built-packages.js';

// What a board costs, by how many members it has: tables, and benchmarks/leaderboard-growth.svg.

const { values } = parseArgs({
  options: {
    most: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: '0.5' },
    only: { type: 'string', multiple: true, default: ['LMDB', 'Level', 'memcached'] },
    /** Print only. */
    dry: { type: 'boolean', default: false },
  },
});
useBuiltPackages();
const { createStore } = await import('@grovekv/kv-core');
const { createLeaderboard } = await import('@grovekv/ext-leaderboard');

const CALLERS = 64;
const PIECE = 50_000;
const MOST: Readonly<Record<GrowthDriver, number>> = {
  Redis: 1_000_000,
  LMDB: 1_000_000,
  Level: 1_000_000,
  memcached: 50_000,
};
const SIZES = [1_000, 10_000, 50_000, 100_000, 1_000_000];

interface Cost {
  readonly micros: number;
  readonly cpuMicros: number;
  readonly nodesRead: number;
  readonly nodesWritten: number;
}

/** A load is a piece of the names and of the scores, so that it adds at one end of both trees. */
const nameOf = (n: number): string => `player:${String(n).padStart(7, '0')}`;
const anyOf = (size: number): string => nameOf(Math.floor(Math.random() * size));
const anyScore = (from: number, to: number): number => (from + Math.random() * (to - from)) * 20;

type Work = (board: Leaderboard, size: number) => Promise<unknown>;
const works: Readonly<Record<string, readonly [callers: number, work: Work]>> = {
  update: [CALLERS, (board, size) => board.set(anyOf(size), anyScore(0, size))],
  'update, one caller': [1, (board, size) => board.set(anyOf(size), anyScore(0, size))],
  rank: [CALLERS, (board, size) => board.rank(anyOf(size))],
  'top 10': [CALLERS, (board) => board.top(10)],
  around: [CALLERS, (board, size) => board.around(anyOf(size), 5)],
};

/** What each work costs on boards of growing size. */
async function growth(
  name: GrowthDriver,
  report: (work: string, size: number, cost: Cost) => void,
): Promise<void> {
  const [driver, counts] = countedDriver(drivers.open(name), 'lb.node:');
  const store = createStore({ driver, timeoutMs: 30_000 });
  const board = createLeaderboard(store, 'growth', { allowVolatile: true });
  const most = Math.min(Number(values.most), MOST[name]);
  let filled = 0;
  for (const size of SIZES.filter((size) => size <= most)) {
    while (filled < size) {
      const length = Math.min(PIECE, size - filled);
      const entries = Array.from({ length }, (_, n) => ({
        member: nameOf(filled + n),
        score: anyScore(filled, filled + length),
      }));
      await board.setMany(entries);
      filled += length;
    }
    for (const [title, [callers, work]] of Object.entries(works)) {
      // The cache of nodes is as this work has it, not as the one before left it.
      await runCallers(callers, 100, () => work(board, size), 1);
      Object.assign(counts, { reads: 0, writes: 0, deletes: 0 });
      const ms = Number(values.seconds) * 1_000;
      const { operations, seconds, cpuMicros } = await runCallers(
        callers,
        ms,
        () => work(board, size),
        1,
      );
      report(title, size, {
        micros: (seconds * 1e6) / operations,
        cpuMicros: cpuMicros / operations,
        nodesRead: counts.reads / operations,
        nodesWritten: counts.writes / operations,
      });
    }
  }
  await board.clear();
  await store.close();
}

const names = (values.only as GrowthDriver[]).filter((name) => name in MOST);
const drivers = await growthDrivers(names);
const times: [string, Map<number, string>][] = [];
const nodes: [string, Map<number, string>][] = [];
const series: Series[] = [];
try {
  for (const [group, name] of names.entries()) {
    for (const title of Object.keys(works)) {
      times.push([`${name}, ${title}`, new Map()]);
      nodes.push([`${name}, ${title}`, new Map()]);
    }
    const lines = new Map<string, [number, number][]>();
    await growth(name, (title, size, cost) => {
      const at = times.findIndex(([row]) => row === `${name}, ${title}`);
      const { micros, cpuMicros, nodesRead, nodesWritten } = cost;
      times[at]![1].set(size, `${figure(micros)} / ${figure(cpuMicros)}`);
      nodes[at]![1].set(size, `${nodesRead.toFixed(2)} + ${nodesWritten.toFixed(2)}`);
      lines.set(title, [...(lines.get(title) ?? []), [size, cpuMicros]]);
    });
    for (const title of ['update', 'rank']) {
      const points = lines.get(title) ?? [];
      series.push({ name: `${name}, ${title}`, points, group, dashed: title === 'rank' });
    }
  }
} finally {
  await drivers.close();
}

const sizes = SIZES.filter((size) => size <= Number(values.most));
console.log(growthTable('µs wall / µs client CPU, with so many members', sizes, times));
console.log(`\n${growthTable('nodes read + written, with so many members', sizes, nodes)}`);
if (!values.dry) {
  const svg = growthPlot(
    'CPU of the client for an update and a rank, 64 callers',
    'members',
    series,
  );
  writeFileSync(new URL('../leaderboard-growth.svg', import.meta.url), svg);
}
