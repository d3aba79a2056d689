import { inspect } from 'node:util';
import { createStore, type Store } from '@grovekv/kv-core';
import { memoryDriver } from '@grovekv/kv-core/memory';
import { createManualClock, type ManualClock } from '@grovekv/kv-core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { sessionCookie } from '../src/cookie.js';
import { createSessionStore, type SessionStore } from '../src/index.js';

type Data = Record<string, unknown>;

let clock: ManualClock;
let store: Store;
let sessions: SessionStore<Data>;

beforeEach(() => {
  clock = createManualClock();
  store = createStore({ driver: memoryDriver({ clock }), clock });
  sessions = createSessionStore<Data>(store, { ttlMs: 60_000, maxPerUser: 3 });
});

async function dump(): Promise<Record<string, unknown>> {
  const all: Record<string, unknown> = {};
  for await (const key of store.keys()) all[key] = await store.raw.get(key);
  return all;
}

const cyclic: Data = {};
cyclic.self = cyclic;
const deep = JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`) as unknown;

describe('a value that would come back different', () => {
  it.each([
    ['NaN in the place of null', null, Number.NaN],
    ['-0 in the place of 0', 0, -0],
    ['Infinity', null, Number.POSITIVE_INFINITY],
    ['undefined, new', undefined, undefined],
    ['undefined inside', { a: 1 }, { a: 1, b: undefined }],
    ['a function, new', undefined, () => 1],
    ['a symbol, new', undefined, Symbol('s')],
    ['a Date in the place of its text', '2026-01-01T00:00:00.000Z', new Date(Date.UTC(2026, 0, 1))],
    ['a BigInt', 1, 1n],
    ['a cycle', 1, cyclic],
    ['a nesting of 5,000', 1, deep],
  ])('%s: is refused by every verb, and nothing changes', async (_, before, value) => {
    const first = before === undefined ? {} : { field: before };
    const session = await sessions.create({ ...first, other: 1 });
    const stored = await dump();
    session.data.field = value;
    const refused = { code: 'INVALID_VALUE' };
    await expect(sessions.save(session)).rejects.toMatchObject(refused);
    await expect(sessions.regenerate(session)).rejects.toMatchObject(refused);
    await expect(sessions.regenerate(session, { user: 'ada' })).rejects.toMatchObject(refused);
    await expect(sessions.create({ field: value }, { user: 'ada' })).rejects.toMatchObject(refused);
    await expect(
      sessions.update(session.id, (data) => {
        data.field = value;
      }),
    ).rejects.toMatchObject(refused);
    expect(await dump()).toEqual(stored);
    expect((await sessions.get(session.id))?.data).toEqual({ ...first, other: 1 });
  });

  it('the same of flash values', async () => {
    const session = await sessions.create({});
    const stored = await dump();
    session.setFlash('note', () => 1);
    await expect(sessions.save(session)).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    expect(await dump()).toEqual(stored);
  });
});

describe('a secret', () => {
  it('is in no log of a session, nor in what is made of it', async () => {
    const session = await sessions.create({ a: 1 }, { user: 'ada' });
    for (const text of [
      inspect(session, { depth: 9, showHidden: true }),
      JSON.stringify(session),
      JSON.stringify({ ...session }),
      String(session),
    ]) {
      expect(text).not.toContain(session.id);
    }
    expect(session.id).toHaveLength(43);
  });
});

describe('the name of a user', () => {
  it.each(['', '\ud800', 'u'.repeat(1_000_000), 42, ['ada'], null])(
    'that cannot be one (%#) is refused before anything is stored',
    async (user) => {
      const name = user as string;
      const invalid = { code: 'INVALID_ARGUMENT' };
      await expect(sessions.create({}, { user: name })).rejects.toMatchObject(invalid);
      await expect(sessions.list(name)).rejects.toMatchObject(invalid);
      await expect(sessions.revokeAll(name)).rejects.toMatchObject(invalid);
      expect(await dump()).toEqual({});
    },
  );

  it('that would be too long for a key of any driver is refused on all', async () => {
    await sessions.create({}, { user: 'é'.repeat(64) });
    const long = sessions.create({}, { user: 'é'.repeat(65) });
    await expect(long).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('is ordinary data', async () => {
    for (const user of ['__proto__', 'constructor', 'a:b', 'a\r\nb', '{tag}*?', '\0']) {
      const { id } = await sessions.create({}, { user });
      expect((await sessions.get(id))?.user).toBe(user);
      expect(await sessions.list(user)).toHaveLength(1);
    }
  });
});

describe('too many sessions', () => {
  it('end the oldest that lives, none while some that count are over', async () => {
    const user = 'ada';
    const first = await sessions.create({ n: 1 }, { user });
    await sessions.create({ n: 2 }, { user });
    await sessions.create({ n: 3 }, { user });
    await clock.advance(40_000);
    expect(await sessions.touch(first)).toBe(true);
    await clock.advance(40_000);
    const fourth = await sessions.create({ n: 4 }, { user });
    expect((await sessions.list(user)).map(({ data }) => data.n)).toEqual([1, 4]);
    expect(await sessions.get(first.id)).toBeDefined();
    await sessions.create({ n: 5 }, { user });
    await sessions.create({ n: 6 }, { user });
    expect((await sessions.list(user)).map(({ data }) => data.n)).toEqual([4, 5, 6]);
    expect(await sessions.get(first.id)).toBeUndefined();
    expect(await sessions.get(fourth.id)).toBeDefined();
  });

  it('at once, from several processes, leave as many as may be', async () => {
    const elsewhere = createSessionStore<Data>(createStore({ driver: memoryDriver(), clock }), {
      ttlMs: 60_000,
    });
    expect(await elsewhere.list('ada')).toEqual([]);
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => sessions.create({ n }, { user: 'ada' })),
    );
    expect(await sessions.list('ada')).toHaveLength(3);
  });
});

describe('a cookie', () => {
  it.each([undefined, null, 42, ['x'], { toString: () => 'x' }])('is not made of %s', (value) => {
    expect(() => sessionCookie(value as unknown as string)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
});
