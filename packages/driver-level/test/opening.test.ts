import { symlinkSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Level } from 'level';
import { expect, it } from 'vitest';
import { levelDriver } from '../src/index.js';
import { Child } from './child.js';
import { CALL, newDriver, newFolder, put, readText } from './support.js';
import { withoutGetSync } from './without-get-sync.js';

const REFUSED = /refused UNAVAILABLE none: the database .* is open elsewhere/;

it('a second process is told that the database is in use, and the first goes on', async () => {
  const path = newFolder();
  const driver = newDriver({ path });
  await driver.write([put('mine', '1')], CALL);
  const other = new Child('opener', path, 'other');
  expect(await other.said('first')).toMatch(REFUSED);
  expect(await other.said('second')).toMatch(REFUSED);
  await driver.write([put('mine', '2')], CALL);
  expect(await readText(driver, 'mine')).toBe('2');
  await driver.close();

  // It recovers by itself, and finds what was acknowledged.
  other.tell('go');
  expect(await other.said('third')).toBe('third written');
  await other.finished();
  const again = newDriver({ path });
  expect(await readText(again, 'mine')).toBe('2');
  expect(await readText(again, 'opener:other')).toBe('here');
});

it('drivers of one process share a database whatever its path is called, and keep others out', async () => {
  const path = newFolder();
  const link = join(newFolder(), 'link');
  symlinkSync(path, link);
  const paths = [path, link, relative(process.cwd(), path), `${path}/.`, path];
  const drivers = paths.map((name) => newDriver({ path: name }));
  await Promise.all(
    drivers.map((driver, index) => driver.write([put(`k${index}`, `${index}`)], CALL)),
  );
  for (const driver of drivers) expect(await readText(driver, 'k3')).toBe('3');

  const last = drivers.pop()!;
  await Promise.all(drivers.map((driver) => driver.close()));
  const other = new Child('opener', path, 'other');
  expect(await other.said('first')).toMatch(REFUSED);
  await last.write([put('last', 'one')], CALL);
  await other.kill();

  // Closing and opening again meet: the new one waits for the old one.
  const closing = last.close();
  const again = newDriver({ path });
  expect(await readText(again, 'last')).toBe('one');
  await closing;
  await again.write([put('last', 'two')], CALL);
  expect(await readText(again, 'last')).toBe('two');
});

it('a database that cannot be opened is tried again by a later call', async () => {
  const path = newFolder();
  const holder = new Level(path);
  await holder.open();
  const driver = newDriver({ path });
  const first = [driver.write([put('k', 'v')], CALL), driver.get(['k'], { ...CALL, ttl: false })];
  for (const call of first) {
    await expect(call).rejects.toMatchObject({ code: 'UNAVAILABLE', outcome: 'none' });
  }
  await holder.close();
  await driver.write([put('k', 'v')], CALL);
  expect(await readText(driver, 'k')).toBe('v');
});

it('an injected database stays open, is shared by drivers, and holds other things beside', async () => {
  const db = new Level(newFolder());
  await db.put('!grovekv', 'before');
  await db.put('!grovekv"', 'after');
  const part = db.sublevel('part');
  await part.put('k', 'theirs');
  const drivers = [levelDriver({ db }), levelDriver({ db })] as const;
  const increments = drivers.flatMap((driver) =>
    Array.from({ length: 50 }, () =>
      driver.mutate(
        [
          {
            key: 'n',
            apply: (current) =>
              put('n', String(Number(current ? new TextDecoder().decode(current.value) : 0) + 1)),
          },
        ],
        CALL,
      ),
    ),
  );
  await Promise.all(increments);
  expect(await readText(drivers[0], 'n')).toBe('100');
  expect((await drivers[0].scan({ prefix: '', limit: 100 }, CALL)).keys).toEqual(['n']);
  await Promise.all(drivers.map((driver) => driver.close()));
  expect(await db.get('!grovekv')).toBe('before');
  expect(await db.get('!grovekv"')).toBe('after');
  expect(await part.get('k')).toBe('theirs');

  const late = levelDriver({ db });
  await db.close();
  const closed = { code: 'UNAVAILABLE', outcome: 'none' };
  await expect(late.write([put('k', 'v')], CALL)).rejects.toMatchObject(closed);
  await late.close();
});

it('a database that stalls: calls end in time, and what has not begun never happens', async () => {
  const db = withoutGetSync(new Level(newFolder()));
  const driver = levelDriver({ db });
  await driver.write([put('k', 'old')], CALL);
  let release = (): void => {};
  const stalled = new Promise<void>((resolve) => {
    release = resolve;
  });
  const getMany = db.getMany.bind(db) as (...args: unknown[]) => Promise<unknown>;
  db.getMany = (async (...args: unknown[]) => {
    await stalled;
    return await getMany(...args);
  }) as typeof db.getMany;

  const short = { timeoutMs: 50 };
  const timeout = { code: 'TIMEOUT', outcome: 'none' };
  const calls = [
    driver.get(['k'], { ...short, ttl: false }),
    driver.write([{ ...put('k', 'new'), condition: 'present' }], short),
    driver.mutate([{ key: 'k', apply: () => put('k', 'new') }], short),
    driver.commit([], [put('k', 'new')], short),
  ];
  for (const call of calls) await expect(call).rejects.toMatchObject(timeout);
  release();
  await driver.write([put('other', 'x')], CALL);
  expect(await readText(driver, 'k')).toBe('old');
  await driver.close();
  await db.close();
});

it('a write that fails is in doubt for all who are in its batch, and the next ones go on', async () => {
  const db = new Level(newFolder());
  const driver = levelDriver({ db });
  await driver.write([put('k', 'old')], CALL);
  const { put: putOne, batch } = db;
  const full = new Error('the disk is full');
  db.put = () => Promise.reject(full);
  db.batch = (() => {
    const broken = (batch as () => object).call(db);
    return Object.assign(broken, { write: () => Promise.reject(full) });
  }) as unknown as typeof db.batch;

  const inDoubt = { code: 'UNAVAILABLE', outcome: 'unknown' };
  await expect(driver.write([put('k', 'new')], CALL)).rejects.toMatchObject(inDoubt);
  const together = [
    driver.write([put('k', 'new')], CALL),
    driver.mutate([{ key: 'l', apply: () => put('l', 'new') }], CALL),
  ];
  for (const call of together) await expect(call).rejects.toMatchObject(inDoubt);

  Object.assign(db, { put: putOne, batch });
  expect(await readText(driver, 'k')).toBe('old');
  await driver.write([put('k', 'new')], CALL);
  expect(await readText(driver, 'k')).toBe('new');
  await driver.close();
  await db.close();
});

it.each([
  {},
  { path: '' },
  { path: 'x', db: { batch: () => {} } },
  { db: {} },
  { path: 'x', sync: 1 },
  { path: 'x', sweepIntervalMs: 0 },
  { path: 'x', sweepLimit: 0.5 },
])('refuses options that make no sense', (options) => {
  expect(() => levelDriver(options as never)).toThrowError(
    expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
  );
});
