import { createStore } from '@grovekv/kv-core';
import { memoryDriver } from '@grovekv/kv-core/memory';
import { createManualClock } from '@grovekv/kv-core/testing';
import { describe, expect, it } from 'vitest';
import { createLeaderboard } from './create-leaderboard.js';
import type { LeaderboardOptions, Row } from './leaderboard.js';
import { createPeriodLeaderboard } from './period-leaderboard.js';

function make() {
  const clock = createManualClock();
  const store = createStore({ driver: memoryDriver({ clock }), clock });
  const open = <D = unknown>(options: LeaderboardOptions = {}) =>
    createLeaderboard<D>(store, 'scores', { allowVolatile: true, ...options });
  return { clock, store, open };
}

const shown = (rows: readonly Row[]) => rows.map(({ rank, member }) => `${rank} ${member}`);

describe('ranks', () => {
  it.each([
    ['ordinal', ['1 d', '2 a', '3 c', '4 b']],
    ['competition', ['1 d', '2 a', '2 c', '4 b']],
    ['dense', ['1 d', '2 a', '2 c', '3 b']],
  ] as const)('are %s, from 1, wherever they show', async (ranks, expected) => {
    const board = make().open({ ranks });
    for (const [member, score] of [
      ['a', 5],
      ['b', 1],
      ['c', 5],
      ['d', 9],
    ] as const) {
      await board.set(member, score);
    }
    expect(shown(await board.top(9))).toEqual(expected);
    expect(shown(await board.bottom(2))).toEqual(expected.slice(2).reverse());
    expect(shown((await board.page({ page: 2, size: 3 })).rows)).toEqual(expected.slice(3));
    expect(shown(await board.around('c', 1))).toEqual(expected.slice(1));
    expect(shown(await board.range({ min: 1, max: 5 }))).toEqual(expected.slice(1));
    expect(`${(await board.rank('b'))?.rank} b`).toBe(expected[3]);
  });

  it('of friends count friends only', async () => {
    const board = make().open({ ranks: 'competition' });
    await board.setMany('abcdefgh'.split('').map((member, n) => ({ member, score: n >> 1 })));
    expect(shown(await board.friends(['a', 'nobody', 'g', 'b', 'e', 'b']))).toEqual([
      '1 g',
      '2 e',
      '3 a',
      '3 b',
    ]);
  });
});

it('puts the lowest first if ascending, with ties by first achiever or by bytes', async () => {
  const { store } = make();
  for (const [ties, expected] of [
    ['first', ['z', '😀', '\uffff', 'a']],
    ['lexical', ['z', 'a', '\uffff', '😀']],
  ] as const) {
    const options = { order: 'ascending', ties, allowVolatile: true } as const;
    const board = createLeaderboard(store, ties, options);
    for (const member of ['😀', '\uffff', 'a']) await board.set(member, 2);
    await board.set('z', 9);
    expect(await board.best('z', 1)).toEqual({ score: 1, previous: 9 });
    expect(await board.best('z', 3)).toEqual({ score: 1, previous: 1 });
    expect((await board.top(4)).map(({ member }) => member)).toEqual(expected);
    expect((await board.bottom(1))[0]?.member).toBe(expected[3]);
  }
});

it('counts and lists by score, bounds included', async () => {
  const board = make().open();
  await board.setMany([1, 2, 2, 3, 4].map((score, n) => ({ member: `m${n}`, score })));
  expect(await board.count()).toBe(5);
  expect(await board.count({ min: 2, max: 3 })).toBe(3);
  expect(await board.count({ min: 2.5 })).toBe(2);
  expect(await board.count({ max: 0 })).toBe(0);
  expect(shown(await board.range({ max: 3, offset: 1, limit: 2 }))).toEqual(['3 m1', '4 m2']);
  expect(await board.range({ min: 5 })).toEqual([]);
  await expect(board.count({ min: 3, max: 2 })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
});

it('tells percentiles', async () => {
  const board = make().open();
  await board.setMany([10, 20, 30, 30].map((score, n) => ({ member: `m${n}`, score })));
  expect(await board.percentile('m2')).toBe(100);
  expect(await board.percentile('m3')).toBe(100);
  expect(await board.percentile('m1')).toBe(50);
  expect(await board.percentile('m0')).toBe(25);
  expect(await board.percentile('nobody')).toBeUndefined();
});

it('keeps data of a member until it is replaced or removed', async () => {
  const board = make().open<{ name: string }>();
  await board.set('a', 1, { name: 'Ada' });
  await board.increment('a', 5);
  expect((await board.rank('a'))?.data).toEqual({ name: 'Ada' });
  await board.best('a', 2, { name: 'worse' });
  expect((await board.top(1))[0]?.data).toEqual({ name: 'Ada' });
  await board.set('a', 6, { name: 'Grace' });
  expect((await board.around('a'))[0]?.data).toEqual({ name: 'Grace' });
  await board.set('a', 6, null);
  expect(await board.rank('a')).toEqual({ member: 'a', score: 6, rank: 1, data: undefined });
});

it('does many at once, a member named twice in order', async () => {
  const board = make().open();
  expect(
    await board.incrementMany([
      { member: 'a', by: 2 },
      { member: 'a', by: 3 },
    ]),
  ).toEqual([
    { score: 2, previous: undefined },
    { score: 5, previous: 2 },
  ]);
  expect(
    await board.bestMany([
      { member: 'a', score: 4 },
      { member: 'b', score: 4 },
    ]),
  ).toEqual([
    { score: 5, previous: 5 },
    { score: 4, previous: undefined },
  ]);
  expect(await board.scores(['b', 'c', 'a'])).toEqual([4, undefined, 5]);
  expect(await board.removeMany(['a', 'a', 'c'])).toBe(1);
  expect(await board.setMany([])).toEqual([]);
  expect(await board.count()).toBe(1);
});

describe('bad input is refused before anything is sent', () => {
  const score = [NaN, Infinity, -Infinity, '1', null, undefined, 1n, {}];
  const member = [
    ['', 'INVALID_KEY'],
    ['\ud800', 'INVALID_KEY'],
    [['a'], 'INVALID_KEY'],
    [undefined, 'INVALID_KEY'],
    ['é'.repeat(513), 'KEY_TOO_LARGE'],
  ] as const;

  it('scores, members, data, counts', async () => {
    const { open, store } = make();
    const board = open();
    await store.close();
    for (const bad of score) {
      const refused = { code: 'INVALID_ARGUMENT' };
      await expect(board.set('a', bad as number)).rejects.toMatchObject(refused);
      await expect(board.best('a', bad as number)).rejects.toMatchObject(refused);
      const list = board.setMany([
        { member: 'a', score: 1 },
        { member: 'b', score: bad as number },
      ]);
      await expect(list).rejects.toMatchObject(refused);
    }
    for (const [bad, code] of member) {
      await expect(board.set(bad as string, 1)).rejects.toMatchObject({ code });
      await expect(board.rank(bad as string)).rejects.toMatchObject({ code });
      await expect(board.friends([bad as string])).rejects.toMatchObject({ code });
    }
    await expect(board.set('a', 1, () => 1)).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    const large = board.set('a', 1, 'x'.repeat(4_096));
    await expect(large).rejects.toMatchObject({ code: 'VALUE_TOO_LARGE' });
    for (const bad of [-1, 0.5, NaN, '3', 10_001]) {
      const refused = { code: 'INVALID_ARGUMENT' };
      await expect(board.top(bad as number)).rejects.toMatchObject(refused);
      await expect(board.around('a', bad as number)).rejects.toMatchObject(refused);
      await expect(board.page({ size: bad as number })).rejects.toMatchObject(refused);
    }
    await expect(board.set('a', 1)).rejects.toMatchObject({ code: 'CLOSED' });
  });

  it('options', () => {
    const { open, store } = make();
    const bad: object[] = [
      { order: 'up' },
      { ties: 'none' },
      { ranks: 'x' },
      { cap: 0 },
      { cap: 1.5 },
      { graceMs: 0 },
    ];
    for (const options of bad) {
      expect(() => open(options)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    }
    expect(() => createLeaderboard(store, '')).toThrow(
      expect.objectContaining({ code: 'INVALID_KEY' }),
    );
    expect(() => createLeaderboard(store, 'a')).toThrow(
      expect.objectContaining({
        code: 'NOT_SUPPORTED',
        message: expect.stringMatching(/allowVolatile/),
      }),
    );
  });
});

describe('period boards', () => {
  it('change with the clock, can be read back, and expire', async () => {
    const { clock, store } = make();
    const options = { period: 60_000, keep: 2, allowVolatile: true } as const;
    const boards = createPeriodLeaderboard(store, 'game', options);
    const first = boards.current();
    expect(first.start % 60_000).toBe(0);
    await first.set('a', 1);
    await clock.advance(60_000);
    expect(await boards.current().count()).toBe(0);
    expect((await boards.previous().top(1))[0]?.member).toBe('a');
    expect(await boards.at(first.start + 59_999).count()).toBe(1);
    await clock.advance(180_000);
    const keys: string[] = [];
    for await (const key of store.keys()) keys.push(key);
    expect(keys).toEqual([]);
  });

  it('begin weeks on Mondays, UTC', () => {
    const { store } = make();
    const options = { period: 'week', keep: 1, allowVolatile: true } as const;
    const boards = createPeriodLeaderboard(store, 'weekly', options);
    const monday = Date.UTC(2026, 10, 23);
    expect(boards.at(monday).start).toBe(monday);
    expect(boards.at(new Date(monday - 1)).start).toBe(monday - 7 * 86_400_000);
    expect(() =>
      createPeriodLeaderboard(store, 'x', { ...options, period: 'era' as 'week' }),
    ).toThrow();
    expect(() => createPeriodLeaderboard(store, 'x', { ...options, keep: 0 })).toThrow();
  });
});
