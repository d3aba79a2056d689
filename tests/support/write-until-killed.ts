import { writeSync } from 'node:fs';
import type { Driver } from '@grovekv/kv-core/driver';
import { contentOf } from './content.js';
import { CALL, put } from './embedded-data.js';

/**
 * Writes until it is killed: puts, conditional puts, puts with a ttl, commits and counted mutations, 16 at a
 * time. Says on stdout what has been acknowledged: `+n` for a record, `=n` for the counter,
 * `&n` for a commit.
 */
export async function writeUntilKilled(
  driver: Required<Pick<Driver, 'write' | 'mutate' | 'commit'>>,
  id: string,
): Promise<never> {
  let last = 0;
  const acknowledge = (line: string): void => {
    writeSync(1, `${line}\n`);
  };

  async function count(): Promise<void> {
    const key = `count:${id}`;
    let value = 0;
    const apply = (current: { readonly value: Uint8Array } | undefined) => {
      value = Number(current === undefined ? 0 : Buffer.from(current.value).toString()) + 1;
      return put(key, String(value));
    };
    const [error] = await driver.mutate([{ key, apply }], CALL);
    if (error !== undefined) throw error;
    acknowledge(`=${value}`);
  }

  async function write(number: number): Promise<void> {
    const ttl = number % 3 === 0 ? 600_000 : 'none';
    const record = put(`w:${id}:${number}`, contentOf(id, number), ttl);
    const condition = number % 2 === 0 ? 'any' : 'absent';
    const [result] = await driver.write([{ ...record, condition }], CALL);
    if (result instanceof Error) throw result;
    if (result?.applied !== true) throw new Error(`record ${number} was there already`);
    acknowledge(`+${number}`);
  }

  async function commit(number: number): Promise<void> {
    const name = `${id}:${number}`;
    const writes = [put(`left:${name}`, name), put(`right:${name}`, name, 600_000)];
    if (!(await driver.commit([], writes, CALL))) throw new Error(`commit ${number} was refused`);
    acknowledge(`&${number}`);
  }

  const writer = async (): Promise<never> => {
    for (;;) {
      last += 1;
      await (last % 5 === 0 ? count() : last % 7 === 0 ? commit(last) : write(last));
    }
  };
  return Promise.race(Array.from({ length: 16 }, writer));
}
