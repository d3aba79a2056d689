import type { Driver } from '@grovekv/kv-core/driver';
import { expect } from 'vitest';
import type { ChildProgram } from './child.js';
import { contentOf } from './content.js';
import { CALL, read, readText } from './embedded-data.js';

/**
 * Every acknowledged write of killed writers is there, whole, and what was not acknowledged is whole or not
 * there. Answers how many were acknowledged.
 */
export async function verifyAcknowledged(
  driver: Driver,
  writers: readonly ChildProgram[],
): Promise<number> {
  let acknowledged = 0;
  for (const [id, { lines }] of writers.entries()) {
    let count = 0;
    for (const line of lines) {
      const number = Number(line.slice(1));
      if (line.startsWith('=')) count = Math.max(count, number);
      else if (line.startsWith('&')) await verifyPair(driver, `${id}:${number}`, true);
      else expect(await read(driver, `w:${id}:${number}`), `write ${id}:${number}`).toBeDefined();
    }
    expect(Number((await readText(driver, `count:${id}`)) ?? 0)).toBeGreaterThanOrEqual(count);
    acknowledged += lines.length;
  }
  let cursor: string | undefined;
  do {
    const page = await driver.scan!({ prefix: '', cursor, limit: 500 }, CALL);
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
  return acknowledged;
}

/** Both keys of a commit, or neither. */
async function verifyPair(driver: Driver, name: string, present: boolean): Promise<void> {
  const left = await readText(driver, `left:${name}`);
  const right = await readText(driver, `right:${name}`);
  if (present && left === undefined) throw new Error(`the commit ${name} is lost`);
  if (left !== right) throw new Error(`the commit ${name} is torn`);
}
