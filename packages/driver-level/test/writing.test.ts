import { createManualClock } from '@grovekv/kv-core/testing';
import { Level } from 'level';
import { expect, it } from 'vitest';
import type { LevelDriver } from '../src/index.js';
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
  // The next on the key comes after both; the one that had not begun never runs.
  await driver.write([{ type: 'touch', key: 'k', condition: 'present', ttl: 'none' }], CALL);
  expect(await readText(driver, 'k')).toBe('begun');
});

/** A driver whose writes wait, and how many are under way. */
function held(options: { sync?: boolean } = {}) {
  const { level, synced, keepWaiting } = watched();
  let go: () => void = () => {};
  keepWaiting(
    new Promise((resolve) => {
      go = () => {
        keepWaiting(undefined);
        resolve();
      };
    }),
  );
  return { driver: newDriver({ db: level, sweepIntervalMs: false, ...options }), synced, go };
}

/** Longer than a call that could go takes to go. */
const aWhile = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

it('two batches are on their way together, a third one waits', async () => {
  const { driver, synced, go } = held();
  const writes = ['a', 'b', 'c', 'd'].map((key) => driver.write([put(key, key)], CALL));
  await expect.poll(() => synced.length).toBe(2);
  await aWhile();
  expect(synced).toHaveLength(2);
  go();
  await Promise.all(writes);
  // What waited went as one.
  expect(synced).toHaveLength(3);
  for (const key of ['a', 'b', 'c', 'd']) expect(await readText(driver, key)).toBe(key);
});

it.each<[string, (driver: LevelDriver) => unknown]>([
  ['write', (driver) => driver.write([put('x', 'x'), put('a', 'later')], CALL)],
  ['mutation', (driver) => driver.mutate!([{ key: 'a', apply: () => put('a', 'later') }], CALL)],
  ['commit', (driver) => driver.commit!([], [put('a', 'later')], CALL)],
  [
    'check',
    (driver) => {
      const check = { key: 'a', condition: 'present' as const };
      return driver.commit!([check], [put('b', 'later')], CALL);
    },
  ],
])('a %s waits for a batch on its key, and sees what that has done', async (_, later) => {
  const { driver, synced, go } = held();
  const first = driver.write([put('a', 'first')], CALL);
  await expect.poll(() => synced.length).toBe(1);
  const second = later(driver);
  await aWhile();
  expect(synced).toHaveLength(1);
  go();
  await first;
  expect(await second).not.toBe(false);
  const [a, b] = [await readText(driver, 'a'), await readText(driver, 'b')];
  expect([a, b]).toContain('later');
});

it('a write waits for a batch that has only looked at its key', async () => {
  const { driver, synced, go } = held();
  const check = { key: 'seen', condition: 'absent' as const };
  const commit = driver.commit!([check], [put('a', 'a')], CALL);
  await expect.poll(() => synced.length).toBe(1);
  const write = driver.write([put('seen', 'v')], CALL);
  await aWhile();
  expect(synced).toHaveLength(1);
  go();
  expect(await commit).toBe(true);
  await write;
});

it('with sync, what comes while a batch is flushed shares the next one', async () => {
  const { driver, synced, go } = held({ sync: true });
  const writes = ['a', 'b', 'c', 'd'].map(async (key, turn) => {
    if (turn > 0) await expect.poll(() => synced.length).toBe(1);
    await driver.write([put(key, key)], CALL);
  });
  await expect.poll(() => synced.length).toBe(1);
  await aWhile();
  await aWhile();
  expect(synced).toHaveLength(1);
  go();
  await Promise.all(writes);
  expect(synced).toHaveLength(2);
});

it('what is over by the time of its turn holds up nobody', async () => {
  const { driver, synced, go } = held();
  const first = driver.write([put('a', 'first')], CALL);
  await expect.poll(() => synced.length).toBe(1);
  const late = driver.write([put('a', 'late')], { timeoutMs: 30 });
  await expect(late).rejects.toMatchObject({ code: 'TIMEOUT', outcome: 'none' });
  const other = driver.write([put('b', 'other')], CALL);
  await expect.poll(() => synced.length).toBe(2);
  go();
  await Promise.all([first, other]);
  expect(await readText(driver, 'a')).toBe('first');
});

it.each([1, 2])('closing waits for all of %i batches that are on their way', async (count) => {
  const { driver, synced, go } = held();
  const keys = ['a', 'b'].slice(0, count);
  const writes = keys.map((key) => driver.write([put(key, 'v')], CALL));
  await expect.poll(() => synced.length).toBe(count);
  let closed = false;
  const closing = driver.close().then(() => {
    closed = true;
  });
  await aWhile();
  expect(closed).toBe(false);
  go();
  await Promise.all([...writes, closing]);
});
