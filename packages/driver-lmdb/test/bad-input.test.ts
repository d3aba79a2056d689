import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KvError } from '@grovekv/kv-core/driver';
import { open } from 'lmdb';
import { describe, expect, it } from 'vitest';
import { type LmdbDriverOptions, lmdbDriver } from '../src/index.js';
import { bytes, CALL, newDriver, newFolder, put, read, readError, readText } from './support.js';

describe('keys and values out of bounds', () => {
  const badKeys: [string, string][] = [
    ['', 'INVALID_KEY'],
    ['\ud800', 'INVALID_KEY'],
    ['x\udfff', 'INVALID_KEY'],
    ['k'.repeat(1979), 'KEY_TOO_LARGE'],
    ['€'.repeat(660), 'KEY_TOO_LARGE'],
  ];

  it.each(badKeys)(
    'refuse the key %j in its place, and leave the others alone',
    async (key, code) => {
      const driver = newDriver();
      expect(await driver.write([put('good', '1'), put(key, '1')], CALL)).toMatchObject([
        { applied: true },
        { code, outcome: 'none' },
      ]);
      expect(await readText(driver, 'good')).toBe('1');
      expect(await readError(driver, key)).toMatchObject({ code });
      expect(
        await driver.mutate(
          [
            { key, apply: () => put(key, '1') },
            { key: 'too', apply: () => put('too', '1') },
          ],
          CALL,
        ),
      ).toMatchObject([{ code, outcome: 'none' }, undefined]);
      await expect(driver.commit([], [put('no', '1'), put(key, '1')], CALL)).rejects.toMatchObject({
        code,
      });
      await expect(
        driver.commit([{ key, condition: 'absent' }], [put('no', '1')], CALL),
      ).rejects.toMatchObject({ code });
      expect(await read(driver, 'no')).toBeUndefined();
      expect((await driver.scan({ prefix: '', limit: 10 }, CALL)).keys).toEqual(['good', 'too']);
    },
  );

  it('take a key and a value of the largest size, and keep the old value when refusing', async () => {
    const driver = newDriver();
    const largest = new Uint8Array(driver.traits.maxValueBytes).fill(1);
    const key = `${'€'.repeat(659)}k`;
    expect(Buffer.byteLength(key)).toBe(driver.traits.maxKeyBytes);
    expect(await driver.write([put(key, largest, 60_000)], CALL)).toMatchObject([
      { applied: true },
    ]);
    const over = new Uint8Array(driver.traits.maxValueBytes + 1);
    expect(await driver.write([put(key, over)], CALL)).toMatchObject([
      { code: 'VALUE_TOO_LARGE', outcome: 'none' },
    ]);
    // Twice in one transaction: the second reads what the first has left in memory, not in the file.
    const rewrite = { key, apply: () => put(key, largest.subarray(1)) };
    const results = await Promise.all([
      driver.mutate([rewrite], CALL),
      driver.mutate([rewrite], CALL),
    ]);
    expect(results).toEqual([[undefined], [undefined]]);
    expect((await read(driver, key))?.value.byteLength).toBe(driver.traits.maxValueBytes - 1);
    expect((await driver.scan({ prefix: '€', limit: 10 }, CALL)).keys).toEqual([key]);
  });
});

describe('bytes that are not ours', () => {
  it.each([
    ['empty', bytes('')],
    ['short', Uint8Array.of(0x67, 1, 2)],
    ['of another format', bytes('a plain value, longer than the header')],
    ['with a senseless time', new Uint8Array(40).fill(0xff, 1).fill(0x67, 0, 1)],
  ])(
    '%s: CORRUPT_VALUE, never missing, and healed by an unconditional write',
    async (_name, stored) => {
      const path = newFolder();
      const database = open({ path, overlappingSync: false });
      const raw = database.openDB('grovekv', { encoding: 'binary', keyEncoding: 'binary' });
      await raw.put(Buffer.from('k'), Buffer.from(stored));
      await database.close();

      const driver = newDriver({ path });
      await driver.write([put('good', '1')], CALL);
      const corrupt = { code: 'CORRUPT_VALUE', key: 'k', outcome: 'none' };
      expect(await driver.get(['k', 'good'], { ...CALL, ttl: false })).toMatchObject([corrupt, {}]);
      expect(
        await driver.write([{ ...put('k', '1'), condition: 'absent' }, put('other', '1')], CALL),
      ).toMatchObject([corrupt, { applied: true }]);
      expect(await driver.write([put('k', '1', 'keep')], CALL)).toMatchObject([corrupt]);
      expect(await driver.mutate([{ key: 'k', apply: () => put('k', '1') }], CALL)).toMatchObject([
        corrupt,
      ]);
      await expect(
        driver.commit([{ key: 'k', condition: 'absent' }], [put('n', '1')], CALL),
      ).rejects.toMatchObject(corrupt);
      await expect(
        driver.commit([], [put('n', '1'), put('k', '1', 'keep')], CALL),
      ).rejects.toMatchObject(corrupt);
      expect(await read(driver, 'n')).toBeUndefined();
      expect((await driver.scan({ prefix: '', limit: 10 }, CALL)).keys).toContain('k');
      await driver.write([put('k', 'healed')], CALL);
      expect(await readText(driver, 'k')).toBe('healed');
    },
  );

  it.each([
    ['garbage', 'x'.repeat(20_000)],
    ['one byte', 'x'],
    ['zeros', '\0'.repeat(20_000)],
  ])('%s instead of a database: UNAVAILABLE, also at the next call', async (_name, content) => {
    const path = newFolder();
    writeFileSync(join(path, 'data.mdb'), content);
    const driver = newDriver({ path });
    for (let round = 0; round < 2; round += 1) {
      await expect(driver.write([put('k', '1')], CALL)).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        outcome: 'none',
      });
    }
    rmSync(join(path, 'data.mdb'));
    await driver.write([put('k', '1')], CALL);
    expect(await readText(driver, 'k')).toBe('1');
  });

  it('a database cut after its first page: UNAVAILABLE', async () => {
    const path = newFolder();
    const first = lmdbDriver({ path });
    await first.write([put('k', '1')], CALL);
    await first.close();
    truncateSync(join(path, 'data.mdb'), 4_200);
    const driver = newDriver({ path });
    await expect(driver.write([put('k', '1')], CALL)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
  });

  it('a path that cannot be opened: UNAVAILABLE, and works once it can', async () => {
    const folder = newFolder();
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const driver = newDriver({ path: join(file, 'below') });
    await expect(driver.write([put('k', '1')], CALL)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
    await driver.close();
  });
});

describe('options', () => {
  it.each([
    {},
    { path: '' },
    { path: 7 },
    { path: './x', database: {} },
    { path: './x', durability: 'fast' },
    { path: './x', sweepIntervalMs: 0 },
    { path: './x', sweepIntervalMs: Number.NaN },
    { path: './x', sweepLimit: 0 },
    { path: './x', sweepLimit: 1.5 },
  ])('%j are refused', (options) => {
    const make = (): unknown => lmdbDriver(options as unknown as LmdbDriverOptions);
    expect(make).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }) as KvError);
  });
});
