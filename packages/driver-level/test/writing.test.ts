import { createManualClock } from '@grovekv/kv-core/testing';
import { Level } from 'level';
import { expect, it } from 'vitest';
import type { LevelDatabase } from '../src/lib/level-database.js';
import { CALL, newDriver, newFolder, put, readText } from './support.js';

/** A database that tells how each write was asked to be synced, and can keep writes waiting. */
function watched() {
  const db = new Level(newFolder());
  const synced: boolean[] = [];
  let hold: Promise<void> | undefined;
  const level = new Proxy(db, {
    get(target, name) {
      const value = Reflect.get(target, name, target) as unknown;
      if (name === 'put') {
        return async (key: string, bytes: Uint8Array, options: { sync?: boolean }) => {
          synced.push(options.sync === true);
          await hold;
          await target.put(key, bytes as never, options as never);
        };
      }
      if (name === 'batch') {
        return () => {
          const batch = target.batch();
          const write = batch.write.bind(batch);
          batch.write = async (options?: object) => {
            synced.push((options as { sync?: boolean } | undefined)?.sync === true);
            await hold;
            await write(options as never);
          };
          return batch;
        };
      }
      return typeof value === 'function' ? value.bind(target) : value;
    },
  }) as unknown as LevelDatabase;
  return {
    level,
    synced,
    keepWaiting(until: Promise<void> | undefined) {
      hold = until;
    },
  };
}

it.each([true, false])(
  'sync: %s holds for single writes, batches, commits and mutations',
  async (sync) => {
    const { level, synced } = watched();
    const driver = newDriver({
      db: level,
      sync,
      clock: createManualClock(),
      sweepIntervalMs: false,
    });
    await driver.write([put('one', '1')], CALL);
    await driver.write([put('one', '2', 60_000)], CALL);
    await driver.write([put('two', '1'), put('three', '1')], CALL);
    await driver.commit([], [put('four', '1'), put('five', '1')], CALL);
    await driver.mutate([{ key: 'six', apply: () => put('six', '1') }], CALL);
    await driver.write([{ type: 'delete', key: 'one', condition: 'any' }], CALL);
    expect(synced).toEqual(Array(6).fill(sync));
  },
);

it('what is late is in doubt once its batch is on its way, and certainly not done before', async () => {
  const { level, synced, keepWaiting } = watched();
  const driver = newDriver({ db: level, sweepIntervalMs: false });
  await driver.write([put('k', 'old')], CALL);
  let go: () => void = () => {};
  keepWaiting(
    new Promise((resolve) => {
      go = resolve;
    }),
  );
  const begun = driver.write([put('k', 'begun')], { timeoutMs: 50 });
  await expect.poll(() => synced.length).toBe(2);
  const waiting = driver.write([put('k', 'waiting')], { timeoutMs: 50 });
  await expect(begun).rejects.toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
  await expect(waiting).rejects.toMatchObject({ code: 'TIMEOUT', outcome: 'none' });
  keepWaiting(undefined);
  go();
  // The next in the line comes after both; the one that had not begun never runs.
  await driver.write([put('last', 'v')], CALL);
  expect(await readText(driver, 'k')).toBe('begun');
});
