import { expect, it } from 'vitest';
import { seededRandom } from '../../../tests/support/seeded-random.js';
import { verifyAcknowledged } from '../../../tests/support/verify-acknowledged.js';
import { type Durability, lmdbDriver } from '../src/index.js';
import { Child } from './child.js';
import { newFolder } from './support.js';
import { Survivor } from './survivor.js';

it.each<[Durability, number]>([
  ['power-safe', 50],
  ['crash-safe', 10],
])(
  'kill -9 of a writing process, %s, %i times: no acknowledged write is lost, no record or commit is torn, and a process that has the file open goes on',
  { timeout: 120_000 },
  async (durability, kills) => {
    const random = seededRandom();
    const path = newFolder();
    const survivor = lmdbDriver({ path, durability });
    const survival = new Survivor(survivor, 3);
    const children: Child[] = [];
    const start = (): Child => {
      const child = new Child('writer', path, String(children.length), durability);
      children.push(child);
      return child;
    };
    // The next one starts while this one writes: most die beside a second writer.
    let next = start();
    for (let round = 0; round < kills; round += 1) {
      const current = next;
      await current.said('+');
      if (round + 1 < kills) next = start();
      await new Promise((resolve) => setTimeout(resolve, random() * 60));
      await current.kill();
    }
    const before = survival.written;
    await expect.poll(() => survival.written, { timeout: 10_000 }).toBeGreaterThan(before + 20);
    await survival.stop();
    expect(survival.failures).toEqual([]);
    const acknowledged = await verifyAcknowledged(survivor, children);
    await survivor.close();
    const fresh = lmdbDriver({ path, durability });
    expect(await verifyAcknowledged(fresh, children)).toBe(acknowledged);
    await fresh.close();
    console.info(
      `${kills} kills, ${acknowledged} acknowledged, survivor wrote ${survival.written}`,
    );
  },
);
