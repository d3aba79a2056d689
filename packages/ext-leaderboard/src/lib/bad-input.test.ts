import { createStore } from '@grovekv/kv-core';
import { memoryDriver } from '@grovekv/kv-core/memory';
import { describe, expect, it } from 'vitest';
import {
  createLeaderboard,
  createPeriodLeaderboard,
  type PeriodLeaderboardOptions,
} from '../index.js';

function make(maxKeyBytes?: number) {
  const store = createStore({ driver: memoryDriver(maxKeyBytes ? { maxKeyBytes } : {}) });
  const board = createLeaderboard(store, 'b', { allowVolatile: true });
  return { store, board };
}

describe('what makes no sense', () => {
  it('is refused with a code, and changes nothing', async () => {
    const { board } = make();
    await board.setMany(['a', 'b', 'c'].map((member) => ({ member, score: 1 })));
    const odd = board as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
    const calls: [string, ...unknown[]][] = [
      ['removeMany', 'abc'],
      ['removeMany', 7],
      ['setMany', 'abc'],
      ['setMany', [null]],
      ['setMany', [{ member: 'd', score: 2 }, undefined]],
      ['setMany', undefined],
      ['bestMany', [7]],
      ['incrementMany', [{ member: 'd', by: 1 }, null]],
      ['range', undefined],
      ['range', null],
      ['page', null],
      ['count', null],
      ['count', 7],
      ['scores', 'abc'],
      ['friends', 'abc'],
    ];
    for (const [name, ...args] of calls) {
      await expect(odd[name]!(...args), `${name} ${JSON.stringify(args)}`).rejects.toMatchObject({
        code: expect.stringMatching(/^INVALID_/),
      });
    }
    expect((await board.top(9)).map(({ member }) => member)).toEqual(['a', 'b', 'c']);
  });

  it('a name whose nodes would make no key of the driver is refused while the board is small', () => {
    const { store } = make(100);
    const open = (length: number) => () =>
      createLeaderboard(store, 'x'.repeat(length), { allowVolatile: true });
    expect(open(80)).toThrow(expect.objectContaining({ code: 'KEY_TOO_LARGE' }));
    expect(open(40)).not.toThrow();
  });

  it('options and times of period boards', () => {
    const { store } = make();
    for (const options of [undefined, null, 7] as unknown as PeriodLeaderboardOptions[]) {
      expect(() => createPeriodLeaderboard(store, 'p', options)).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
      );
    }
    const daily = createPeriodLeaderboard(store, 'p', {
      period: 'day',
      keep: 2,
      allowVolatile: true,
    });
    for (const time of [
      null,
      '5',
      [5],
      true,
      Number.NaN,
      new Date(Number.NaN),
    ] as unknown as Date[]) {
      expect(() => daily.at(time)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    }
  });
});
