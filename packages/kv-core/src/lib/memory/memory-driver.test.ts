import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Condition, Driver, Write, WriteResult } from '../driver/driver.js';
import { createManualClock } from '../testing/manual-clock.js';
import { memoryDriver } from './memory-driver.js';

const encode = (text: string) => new TextEncoder().encode(text);

function setup(options: Parameters<typeof memoryDriver>[0] = {}) {
  const clock = createManualClock();
  const driver = memoryDriver({ clock, ...options }) as Required<Driver>;
  const call = { timeoutMs: 1_000, ttl: true };
  const put = (key: string, ttl: number | 'none' | 'keep' = 'none', condition: Condition = 'any') =>
    ({ type: 'put', key, condition, value: encode(key), ttl }) as const;
  const write = (...writes: Write[]) => driver.write(writes, call) as WriteResult[];
  const get = (key: string) =>
    (driver.get([key], call) as ({ ttlMs?: number; version: string } | undefined)[])[0];
  const scan = (prefix = '', limit = 1_000) => {
    const keys: string[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page = driver.scan({ prefix, limit, cursor }, call) as {
        keys: string[];
        cursor?: string;
      };
      expect(page.keys.length).toBeLessThanOrEqual(limit);
      keys.push(...page.keys);
      cursor = page.cursor;
      pages += 1;
    } while (cursor !== undefined);
    return { keys, pages };
  };
  return { clock, driver, call, put, write, get, scan };
}

describe('time to live by the injected clock', () => {
  it('ends at the very millisecond, not before', async () => {
    const { clock, put, write, get } = setup();
    write(put('a', 1_000));
    await clock.advance(999);
    expect(get('a')?.ttlMs).toBe(1);
    await clock.advance(1);
    expect(get('a')).toBeUndefined();
  });

  it('an expired key is absent for every condition', async () => {
    const { clock, put, write, get } = setup();
    write(put('a', 10));
    const { version } = get('a')!;
    await clock.advance(10);
    const refused: Write[] = [
      { type: 'touch', key: 'a', condition: 'any', ttl: 50 },
      { type: 'delete', key: 'a', condition: 'present' },
      put('a', 'none', 'present'),
      put('a', 'none', { version }),
    ];
    for (const one of refused) {
      expect(write(one)).toEqual([{ applied: false, current: { entry: undefined } }]);
    }
    expect(write(put('a', 'keep', 'absent'))[0]!.applied).toBe(true);
    expect(get('a')?.ttlMs).toBeUndefined();
  });

  it('is kept, replaced, removed and changed without a new version', async () => {
    const { clock, put, write, get } = setup();
    write(put('a', 1_000));
    await clock.advance(100);
    write(put('a', 'keep'));
    const { version, ttlMs } = get('a')!;
    expect(ttlMs).toBe(900);
    write({ type: 'touch', key: 'a', condition: 'any', ttl: 'none' });
    expect(get('a')).toMatchObject({ version, ttlMs: undefined });
    write({ type: 'touch', key: 'a', condition: { version }, ttl: 50 });
    expect(get('a')).toMatchObject({ version, ttlMs: 50 });
    write(put('a'));
    expect(get('a')!.version).not.toBe(version);
  });

  it('the largest ttl does not overflow', () => {
    const { put, write, get } = setup();
    write(put('a', Number.MAX_SAFE_INTEGER));
    expect(get('a')!.ttlMs).toBeGreaterThan(2 ** 52);
  });

  it('keys that nobody asks for again are swept away, a bounded number at each write', async () => {
    const { clock, put, write, scan, driver } = setup();
    write(...Array.from({ length: 1_000 }, (_, index) => put(`old-${index}`, 10)));
    await clock.advance(10);
    // Sweeping looks at two keys a write; nothing but writes to other keys happens here.
    for (let round = 0; round < 600; round += 1) write(put('busy'));
    await clock.advance(-10);
    expect(scan().keys).toEqual(['busy']);
    await driver.close();
  });

  it('sweeping spares what lives', async () => {
    const { clock, put, write, scan } = setup();
    write(...Array.from({ length: 100 }, (_, index) => put(`k${index}`, index % 2 ? 10 : 1_000)));
    await clock.advance(10);
    for (let round = 0; round < 500; round += 1) write(put(`new-${round % 7}`));
    expect(scan('k').keys).toHaveLength(50);
    expect(scan('new').keys).toHaveLength(7);
  });
});

describe('listing', () => {
  it('goes by code point, in pages of any size, with any prefix', () => {
    const unit = fc.constantFrom(
      'a',
      'b',
      '\0',
      '\ud7ff',
      '\ue000',
      '\uffff',
      '😀',
      '\u{10ffff}',
      'é',
    );
    const key = fc.array(unit, { minLength: 1, maxLength: 4 }).map((units) => units.join(''));
    fc.assert(
      fc.property(
        fc.uniqueArray(key),
        fc.oneof(fc.constant(''), key),
        fc.nat(5),
        (keys, prefix, more) => {
          const { put, write, scan } = setup();
          if (keys.length > 0) write(...keys.map((one) => put(one)));
          const expected = keys
            .filter((one) => one.startsWith(prefix))
            .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
          expect(scan(prefix, more + 1).keys).toEqual(expected);
        },
      ),
    );
  });

  it('goes on where it was, whatever is written meanwhile', () => {
    const { put, write, driver, call } = setup();
    write(...['b', 'd', 'f', 'h'].map((key) => put(key)));
    const first = driver.scan({ prefix: '', limit: 2 }, call) as { keys: string[]; cursor: string };
    expect(first.keys).toEqual(['b', 'd']);
    write(put('a'), put('c'), put('e'), { type: 'delete', key: 'd', condition: 'any' });
    const next = driver.scan({ prefix: '', limit: 9, cursor: first.cursor }, call);
    expect(next).toEqual({ keys: ['e', 'f', 'h'] });
  });

  it('leaves out what has expired', async () => {
    const { clock, put, write, scan } = setup();
    write(put('a', 10), put('b', 20), put('c'));
    await clock.advance(10);
    expect(scan().keys).toEqual(['b', 'c']);
  });
});

describe('the rest of the contract', () => {
  it('a conflict carries the entry that stands', () => {
    const { put, write, get } = setup();
    write(put('a', 500));
    const [conflict] = write(put('a', 'none', 'absent'));
    expect(conflict).toMatchObject({ applied: false, current: { entry: { ttlMs: 500 } } });
    const { version } = get('a')!;
    expect((conflict as { current: { entry: { version: string } } }).current.entry.version).toBe(
      version,
    );
  });

  it('a version never comes back', () => {
    const { put, write, get } = setup();
    const seen = new Set<string>();
    for (let round = 0; round < 50; round += 1) {
      write(put('a'), put('b'));
      seen.add(get('a')!.version).add(get('b')!.version);
      write({ type: 'delete', key: 'a', condition: 'any' });
    }
    expect(seen.size).toBe(100);
  });

  it('a commit is all or nothing', () => {
    const { put, write, driver, call, get } = setup();
    write(put('a'));
    const touch = { type: 'touch', key: 'gone', condition: 'any', ttl: 5 } as const;
    const check = { key: 'a', condition: 'absent' } as const;
    expect(driver.commit([], [put('b'), touch], call)).toBe(false);
    expect(driver.commit([check], [put('b')], call)).toBe(false);
    expect(driver.commit([], [put('b'), put('c', 'none', 'present')], call)).toBe(false);
    expect(get('b')).toBeUndefined();
    expect(driver.commit([{ key: 'z', condition: 'absent' }], [put('b'), put('c')], call)).toBe(
      true,
    );
    expect([get('b'), get('c')]).toMatchObject([{}, {}]);
  });

  it('a mutation that throws changes nothing and fails alone', () => {
    const { driver, call, get, put } = setup();
    const results = driver.mutate(
      [
        { key: 'a', apply: () => put('a') },
        {
          key: 'b',
          apply: () => {
            throw new Error('no');
          },
        },
        { key: 'c', apply: () => undefined },
      ],
      call,
    );
    expect(results).toMatchObject([undefined, { code: 'INVALID_DRIVER', key: 'b' }, undefined]);
    expect([get('a'), get('b'), get('c')]).toMatchObject([{}, undefined, undefined]);
  });

  it('is closed for good, and each driver is a database of its own', async () => {
    const { driver, call, write, put, get } = setup();
    write(put('a'));
    const other = setup();
    expect(other.get('a')).toBeUndefined();
    await driver.close();
    await driver.close();
    for (const use of [
      () => get('a'),
      () => write(put('a')),
      () => driver.scan({ prefix: '', limit: 1 }, call),
    ]) {
      expect(use).toThrow('closed');
    }
    other.write(put('a'));
    expect(other.get('a')).toBeDefined();
  });
});
