import { expect, it } from 'vitest';
import { type Durability, lmdbDriver } from '../src/index.js';
import { contentOf } from './children/content.js';
import { Child, seededRandom } from './processes.js';
import { CALL, newFolder, read, readText } from './support.js';
import { Survivor } from './survivor.js';

/** Every acknowledged write is there, whole, and what was not acknowledged is whole or not there. */
async function verify(driver: ReturnType<typeof lmdbDriver>, children: readonly Child[]) {
  let acknowledged = 0;
  for (const [id, child] of children.entries()) {
    let count = 0;
    const numbers: number[] = [];
    for (const line of child.lines) {
      if (line.startsWith('=')) count = Math.max(count, Number(line.slice(1)));
      else numbers.push(Number(line.slice(1)));
    }
    for (const number of numbers) {
      const entry = await read(driver, `w:${id}:${number}`);
      expect(entry, `write ${number} of writer ${id}`).toBeDefined();
    }
    expect(Number((await readText(driver, `count:${id}`)) ?? 0)).toBeGreaterThanOrEqual(count);
    acknowledged += child.lines.length;
  }
  let cursor: string | undefined;
  do {
    const page = await driver.scan({ prefix: 'w:', cursor, limit: 500 }, CALL);
    for (const key of page.keys) {
      const [, id, number] = key.split(':') as [string, string, string];
      const stored = (await read(driver, key))!.value;
      const whole = Buffer.compare(stored, contentOf(id, Number(number))) === 0;
      if (!whole) throw new Error(`${key} is torn`);
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  return acknowledged;
}

it.each<[Durability, number]>([
  ['power-safe', 50],
  ['crash-safe', 10],
])(
  'kill -9 of a writing process, %s, %i times: no acknowledged write is lost, none is torn, and a process that has the file open goes on',
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
    const acknowledged = await verify(survivor, children);
    await survivor.close();
    const fresh = lmdbDriver({ path, durability });
    expect(await verify(fresh, children)).toBe(acknowledged);
    await fresh.close();
    console.info(
      `${kills} kills, ${acknowledged} acknowledged, survivor wrote ${survival.written}`,
    );
  },
);
