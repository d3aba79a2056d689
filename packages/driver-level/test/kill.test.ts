import { expect, it } from 'vitest';
import { levelDriver } from '../src/index.js';
import { contentOf } from './children/content.js';
import { Child, seededRandom } from './processes.js';
import { CALL, newFolder, read, readText } from './support.js';

/** Every acknowledged write is there, whole, and what was not acknowledged is whole or not there. */
async function verify(path: string, children: readonly Child[]): Promise<number> {
  const driver = levelDriver({ path });
  let acknowledged = 0;
  for (const [id, child] of children.entries()) {
    let count = 0;
    for (const line of child.lines) {
      const number = Number(line.slice(1));
      if (line.startsWith('=')) count = Math.max(count, number);
      else if (line.startsWith('&')) await verifyPair(driver, `${id}:${number}`, true);
      else expect(await read(driver, `w:${id}:${number}`), `write ${id}:${number}`).toBeDefined();
    }
    expect(Number((await readText(driver, `count:${id}`)) ?? 0)).toBeGreaterThanOrEqual(count);
    acknowledged += child.lines.length;
  }
  let cursor: string | undefined;
  do {
    const page = await driver.scan({ prefix: '', cursor, limit: 500 }, CALL);
    for (const key of page.keys) {
      const [kind, id, number] = key.split(':') as [string, string, string];
      if (kind === 'left' || kind === 'right') await verifyPair(driver, `${id}:${number}`, false);
      if (kind !== 'w') continue;
      const stored = (await read(driver, key))!.value;
      const whole = Buffer.compare(stored, contentOf(id, Number(number))) === 0;
      if (!whole) throw new Error(`${key} is torn`);
    }
    cursor = page.cursor;
  } while (cursor !== undefined);
  await driver.close();
  return acknowledged;
}

/** Both keys of a commit, or neither. */
async function verifyPair(driver: ReturnType<typeof levelDriver>, name: string, present: boolean) {
  const [left, right] = [
    await readText(driver, `left:${name}`),
    await readText(driver, `right:${name}`),
  ];
  if (present && left === undefined) throw new Error(`the commit ${name} is lost`);
  if (left !== right) throw new Error(`the commit ${name} is torn`);
}

it.each<['sync' | 'no sync', number]>([
  ['no sync', 25],
  ['sync', 10],
])(
  'kill -9 of a writing process, %s, %i times: no acknowledged write is lost, no record or commit is torn',
  { timeout: 240_000 },
  async (sync, kills) => {
    const random = seededRandom();
    const path = newFolder();
    const children: Child[] = [];
    for (let round = 0; round < kills; round += 1) {
      const child = new Child('writer', path, String(round), sync);
      children.push(child);
      await child.said('+');
      await new Promise((resolve) => setTimeout(resolve, random() * 80));
      await child.kill();
    }
    const acknowledged = await verify(path, children);
    console.info(`${kills} kills, ${sync}: ${acknowledged} acknowledged, none lost`);
  },
);
