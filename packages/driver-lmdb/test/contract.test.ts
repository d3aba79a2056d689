import { open } from 'lmdb';
import { describe, expect, it, vi } from 'vitest';
import { lmdbDriver } from '../src/index.js';
import { bytes, CALL, newDriver, newFolder, put, read, readText, text } from './support.js';

describe('write and get', () => {
  it('round-trips bytes, distinct keys and views', async () => {
    const driver = newDriver();
    const keys = [
      'a',
      '\u0000',
      'a\r\n b',
      '__proto__',
      'e\u0301',
      '\u00e9',
      '\u{1f600}',
      'k'.repeat(1978),
      '\uffff',
    ];
    await driver.write(
      keys.map((key, index) => put(key, `value ${index}`)),
      CALL,
    );
    for (const [index, key] of keys.entries())
      expect(await readText(driver, key)).toBe(`value ${index}`);

    const large = new Uint8Array(100).fill(7);
    await driver.write([put('view', large.subarray(10, 13)), put('empty', '')], CALL);
    expect([...((await read(driver, 'view'))?.value ?? [])]).toEqual([7, 7, 7]);
    expect((await read(driver, 'empty'))?.value.byteLength).toBe(0);
    expect(await read(driver, 'missing')).toBeUndefined();
  });

  it('hands out bytes that nobody else writes to, and keeps none that it was given', async () => {
    const driver = newDriver();
    const given = bytes('before');
    const writing = driver.write([put('k', given)], CALL);
    given.fill(0);
    await writing;
    const first = (await read(driver, 'k'))!;
    expect(text(first)).toBe('before');
    // Node's pool of small buffers at most: not lmdb's buffer, nor a page of the file.
    expect(first.value.buffer.byteLength).toBeLessThanOrEqual(Buffer.poolSize);
    first.value.fill(0);
    await driver.write([put('other', 'xxxxxx')], CALL);
    await read(driver, 'other');
    expect(await readText(driver, 'k')).toBe('before');
    expect([...first.value]).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it.each([20, 5_000, 70_000, 3_000_000])('round-trips %i bytes', async (size) => {
    const driver = newDriver();
    const value = Uint8Array.from({ length: size }, (_, index) => index % 251);
    await driver.write([put('k', value)], CALL);
    expect(Buffer.compare((await read(driver, 'k'))!.value, value)).toBe(0);
  });

  it('answers conflicts with what stands, and writes each item by itself', async () => {
    const driver = newDriver();
    const [made] = await driver.write([{ ...put('k', '1'), condition: 'absent' }], CALL);
    const entry = (await read(driver, 'k'))!;
    expect(made).toMatchObject({ applied: true, version: entry.version });
    const results = await driver.write(
      [
        { ...put('k', '2'), condition: 'absent' },
        { ...put('other', '2'), condition: 'present' },
        { ...put('third', '2'), condition: { version: entry.version } },
        put('fourth', '4'),
      ],
      CALL,
    );
    expect(results).toMatchObject([
      { applied: false, current: { entry: { version: entry.version } } },
      { applied: false, current: { entry: undefined } },
      { applied: false, current: { entry: undefined } },
      { applied: true },
    ]);
    const [swapped] = await driver.write(
      [{ ...put('k', '3'), condition: { version: entry.version } }],
      CALL,
    );
    expect(swapped).toMatchObject({ applied: true });
    expect(await readText(driver, 'k')).toBe('3');
    expect(
      await driver.write(
        [{ type: 'delete', key: 'k', condition: { version: entry.version } }],
        CALL,
      ),
    ).toMatchObject([{ applied: false }]);
    expect(
      await driver.write(
        [
          { type: 'delete', key: 'k', condition: 'present' },
          { type: 'delete', key: 'gone', condition: 'present' },
          { type: 'delete', key: 'gone2', condition: 'any' },
        ],
        CALL,
      ),
    ).toMatchObject([{ applied: true }, { applied: false }, { applied: true }]);
    expect(await read(driver, 'k')).toBeUndefined();
  });

  it('never gives a version twice, also after delete and re-create', async () => {
    const path = newFolder();
    const seen = new Set<string>();
    for (let round = 0; round < 3; round += 1) {
      const driver = lmdbDriver({ path });
      for (let index = 0; index < 20; index += 1) {
        await driver.write([put('k', 'same')], CALL);
        seen.add((await read(driver, 'k'))!.version);
        await driver.write([{ type: 'delete', key: 'k', condition: 'any' }], CALL);
      }
      await driver.close();
    }
    expect(seen.size).toBe(60);
  });

  it('keeps the version when only the ttl changes', async () => {
    const driver = newDriver();
    await driver.write([put('k', 'v')], CALL);
    const before = (await read(driver, 'k'))!;
    expect(
      await driver.write([{ type: 'touch', key: 'k', condition: 'any', ttl: 5_000 }], CALL),
    ).toMatchObject([{ applied: true, version: before.version }]);
    const after = (await read(driver, 'k'))!;
    expect(after.version).toBe(before.version);
    expect(text(after)).toBe('v');
    expect(after.ttlMs).toBeGreaterThan(4_000);
    expect(
      await driver.write([{ type: 'touch', key: 'none', condition: 'any', ttl: 5_000 }], CALL),
    ).toMatchObject([{ applied: false, current: { entry: undefined } }]);
  });
});

describe('mutate', () => {
  it('runs each function once, in the transaction, on what stands', async () => {
    const driver = newDriver();
    let runs = 0;
    const add = (key: string) => ({
      key,
      apply: (current: Parameters<typeof text>[0]) => {
        runs += 1;
        return put(key, String(Number(text(current) ?? 0) + 1), 'keep');
      },
    });
    await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        driver.mutate([add('a'), add(`k${index % 3}`)], CALL),
      ),
    );
    expect(runs).toBe(400);
    expect(await readText(driver, 'a')).toBe('200');
    await driver.mutate([{ key: 'a', apply: () => undefined }], CALL);
    expect(await readText(driver, 'a')).toBe('200');
    await driver.mutate(
      [{ key: 'a', apply: () => ({ type: 'delete', key: 'a', condition: 'any' }) }],
      CALL,
    );
    expect(await read(driver, 'a')).toBeUndefined();
  });

  it('fails only the item whose function throws', async () => {
    const driver = newDriver();
    const results = await driver.mutate(
      [
        {
          key: 'bad',
          apply: () => {
            throw new Error('mine');
          },
        },
        { key: 'good', apply: () => put('good', '1') },
      ],
      CALL,
    );
    expect(results).toMatchObject([{ code: 'INVALID_ARGUMENT', outcome: 'none' }, undefined]);
    expect(await readText(driver, 'good')).toBe('1');
  });
});

describe('commit', () => {
  it('does all or nothing', async () => {
    const driver = newDriver();
    await driver.write([put('a', '1')], CALL);
    const { version } = (await read(driver, 'a'))!;
    const writes = [put('x', '1'), { ...put('y', '1'), condition: 'absent' as const }];
    expect(await driver.commit([{ key: 'a', condition: 'absent' }], writes, CALL)).toBe(false);
    expect(
      await driver.commit(
        [],
        [...writes, { type: 'touch', key: 'none', condition: 'any', ttl: 5 }],
        CALL,
      ),
    ).toBe(false);
    expect(await read(driver, 'x')).toBeUndefined();
    expect(
      await driver.commit(
        [{ key: 'a', condition: { version } }],
        [...writes, { type: 'delete', key: 'a', condition: 'present' }],
        CALL,
      ),
    ).toBe(true);
    expect(await readText(driver, 'x')).toBe('1');
    expect(await read(driver, 'a')).toBeUndefined();
    expect(await driver.commit([], writes, CALL)).toBe(false);
  });
});

describe('scan', () => {
  it('lists a literal prefix in the order of UTF-8 bytes, page by page', async () => {
    const driver = newDriver();
    const keys = [
      'p:',
      'p:*',
      'p:\u0000',
      'p:\uffff',
      'p:\u{10000}',
      'p:z',
      'p:é',
      ...Array.from({ length: 50 }, (_, index) => `p:${index}`),
    ];
    await driver.write(
      [...keys, 'p', 'q', 'o:1', 'p;'].map((key) => put(key, 'v')),
      CALL,
    );
    const sorted = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    for (const limit of [1, 7, 1_000]) {
      const found: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await driver.scan({ prefix: 'p:', cursor, limit }, CALL);
        found.push(...page.keys);
        cursor = page.cursor;
      } while (cursor !== undefined);
      expect(found).toEqual(sorted);
    }
    expect((await driver.scan({ prefix: '', limit: 1_000 }, CALL)).keys).toHaveLength(
      keys.length + 4,
    );
  });
});

describe('an injected database', () => {
  it('works and stays open', async () => {
    const database = open({ path: newFolder(), overlappingSync: false });
    const driver = lmdbDriver({ database });
    const second = lmdbDriver({ database });
    await driver.write([put('k', 'v')], CALL);
    expect(await readText(second, 'k')).toBe('v');
    await driver.close();
    expect(await readText(second, 'k')).toBe('v');
    await database.put('mine', 1);
    expect(database.get('mine')).toBe(1);
    await second.close();
    expect(database.get('mine')).toBe(1);
    await database.close();
  });

  it('that its owner closes makes calls fail, not crash', async () => {
    const database = open({ path: newFolder(), overlappingSync: false });
    const driver = lmdbDriver({ database });
    await driver.write([put('k', 'v')], CALL);
    await database.close();
    expect(() => driver.get(['k'], { ...CALL, ttl: false })).toThrow(
      expect.objectContaining({ code: 'UNAVAILABLE' }),
    );
    await expect(driver.write([put('k', 'v')], CALL)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      outcome: 'none',
    });
    await driver.close();
  });
});

describe('two drivers on one path', () => {
  it('share the file, and closing one leaves the other', async () => {
    const path = newFolder();
    const one = lmdbDriver({ path });
    const two = lmdbDriver({ path: `${path}/../${path.split('/').at(-1)}` });
    await Promise.all([one.write([put('a', '1')], CALL), two.write([put('b', '2')], CALL)]);
    expect(await readText(one, 'b')).toBe('2');
    await one.close();
    expect(await readText(two, 'a')).toBe('1');
    await two.write([put('c', '3')], CALL);
    await two.close();
    const three = newDriver({ path });
    expect(await readText(three, 'c')).toBe('3');
  });

  it('share it also as two copies of this package, such as its ESM and its CJS build', async () => {
    const path = newFolder();
    const one = newDriver({ path });
    await one.write([put('a', '1')], CALL);
    vi.resetModules();
    const copy = await import('../src/index.js');
    expect(copy.lmdbDriver).not.toBe(lmdbDriver);
    const two = copy.lmdbDriver({ path });
    await Promise.all([one.write([put('b', '2')], CALL), two.write([put('c', '3')], CALL)]);
    expect(await readText(two, 'b')).toBe('2');
    await two.close();
    expect(await readText(one, 'c')).toBe('3');
  });

  it('must agree on durability', async () => {
    const path = newFolder();
    const one = newDriver({ path });
    await one.write([put('a', '1')], CALL);
    const two = newDriver({ path, durability: 'crash-safe' });
    await expect(two.write([put('a', '1')], CALL)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect(await readText(one, 'a')).toBe('1');
  });
});

describe('close', () => {
  it('waits for what is in flight, then refuses, twice without harm', async () => {
    const path = newFolder();
    const driver = lmdbDriver({ path });
    const inFlight = Promise.all(
      Array.from({ length: 20 }, (_, index) => driver.write([put(`k${index}`, 'v')], CALL)),
    );
    await Promise.all([driver.close(), driver.close()]);
    await inFlight;
    expect(() => driver.get(['k1'], { ...CALL, ttl: false })).toThrow(
      expect.objectContaining({ code: 'CLOSED' }),
    );
    await expect(driver.write([put('k', 'v')], CALL)).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(driver.mutate([], CALL)).rejects.toMatchObject({ code: 'CLOSED' });
    await driver.close();
    expect(await readText(newDriver({ path }), 'k19')).toBe('v');
  });

  it('of a driver never used does nothing', async () => {
    await lmdbDriver({ path: newFolder() }).close();
  });
});
