import { describe, expect, it } from 'vitest';
import { type SpyOptions, spyDriver } from '../../../test/support/spy-driver.js';
import { KvError, type Outcome } from '../errors/kv-error.js';
import { createStore } from '../store/create-store.js';
import { type RetryOptions, retry } from './retry.js';

function setup(failures: unknown[], options: RetryOptions = {}, spy: SpyOptions = {}) {
  const left = [...failures];
  const pauses: number[] = [];
  const driver = spyDriver({
    before: () => {
      if (left.length > 0) throw left.shift();
    },
    ...spy,
  });
  const sleep = async (ms: number): Promise<void> => void pauses.push(ms);
  const hooks = [retry({ sleep, random: () => 1, ...options })];
  return { driver, pauses, store: createStore({ driver, hooks }) };
}

const down = (outcome: Outcome = 'none') => new KvError('UNAVAILABLE', 'down', { outcome });

describe('retry', () => {
  it('tries reads again, with pauses that grow, as often as it was told', async () => {
    const { store, pauses, driver } = setup([down(), down(), down()], {
      attempts: 4,
      baseMs: 100,
      maxMs: 150,
    });
    expect(await store.get('a')).toBeUndefined();
    expect(pauses).toEqual([100, 150, 150]);
    expect(driver.calls).toHaveLength(4);
    const tired = setup([down(), down(), down()]);
    await expect(tired.store.get('a')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(tired.driver.calls).toHaveLength(3);
  });

  it('pauses at random, from nothing on', async () => {
    const { store, pauses } = setup([down(), down()], { random: () => 0.5, baseMs: 40 });
    await store.get('a');
    expect(pauses).toEqual([20, 40]);
  });

  it('never sends a write again that may have happened', async () => {
    const calls = [
      (store: ReturnType<typeof setup>['store']) => store.set('a', 1),
      (store: ReturnType<typeof setup>['store']) => store.increment('a'),
      (store: ReturnType<typeof setup>['store']) =>
        store.update('a', () => ({ put: 1, result: 1 })),
      (store: ReturnType<typeof setup>['store']) => store.delete('a'),
      (store: ReturnType<typeof setup>['store']) =>
        store.atomic({ writes: [{ type: 'delete', key: 'a' }] }),
    ];
    for (const call of calls) {
      let lost = 0;
      const { store, driver } = setup(
        [],
        {},
        {
          has: ['increment', 'mutate'],
          after: () => {
            lost += 1;
            throw down('unknown');
          },
        },
      );
      await expect(call(store)).rejects.toMatchObject({ outcome: 'unknown' });
      expect([lost, driver.calls.length]).toEqual([1, 1]);
    }
    const safe = setup([down('none')]);
    expect(await safe.store.set('a', 1)).toBe(true);
    expect(safe.driver.calls).toHaveLength(2);
  });

  it('does not repeat several writes of which some may have been applied', async () => {
    const { store, driver } = setup([down('none')]);
    const pairs = ['a', 'b'].map((key) => [key, 1] as const);
    await expect(store.setMany(pairs)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(driver.calls).toHaveLength(1);
  });

  it('leaves every other error alone', async () => {
    for (const code of ['WRONG_TYPE', 'CORRUPT_VALUE', 'CONTENTION', 'CLOSED'] as const) {
      const { store, driver } = setup([new KvError(code, 'no')]);
      await expect(store.get('a')).rejects.toMatchObject({ code });
      expect(driver.calls).toHaveLength(1);
    }
  });

  it('ends its pause when the caller gives up', async () => {
    const controller = new AbortController();
    const driver = spyDriver({
      before: () => {
        setTimeout(() => controller.abort(new Error('enough')), 5);
        throw down();
      },
    });
    const store = createStore({
      driver,
      hooks: [retry({ baseMs: 60_000, random: () => 1, maxMs: 60_000 })],
    });
    await expect(store.get('a', { signal: controller.signal })).rejects.toMatchObject({
      code: 'ABORTED',
      outcome: 'none',
    });
    expect(driver.calls).toHaveLength(1);
  });

  it('refuses options that cannot be right', () => {
    for (const bad of [
      { attempts: 0 },
      { attempts: 1.5 },
      { baseMs: -1 },
      { maxMs: Number.NaN },
      { maxMs: 2 ** 31 },
    ]) {
      expect(() => retry(bad)).toThrow('retry takes');
    }
  });
});
