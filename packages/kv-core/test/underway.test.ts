import { describe, expect, it } from 'vitest';
import type { Driver, MaybePromise } from '../src/driver.js';
import { createStore } from '../src/index.js';
import { memoryDriver } from '../src/memory.js';

/** A driver that mostly answers at once, and later when told, as LMDB does while somebody opens it. */
function sometimesLate(): { driver: Driver; late: (on: boolean) => void; gets: () => number } {
  const memory = memoryDriver();
  let isLate = false;
  let gets = 0;
  const delayed = <T>(answer: MaybePromise<T>): MaybePromise<T> =>
    isLate ? new Promise((resolve) => setTimeout(resolve, 5, answer)) : answer;
  const driver: Driver = {
    contract: 1,
    traits: { ...memory.traits, synchronous: ['get', 'write'] },
    get(keys, call) {
      gets += 1;
      return delayed(memory.get(keys, call));
    },
    write: (writes, call) => delayed(memory.write(writes, call)),
    close: () => memory.close(),
  };
  return {
    driver,
    late(on) {
      isLate = on;
    },
    gets: () => gets,
  };
}

describe('a driver that answers at once whenever it can', () => {
  it('keeps the order of calls on a key when it cannot', async () => {
    const { driver, late } = sometimesLate();
    const store = createStore({ driver });
    late(true);
    const answers = Promise.all([
      store.set('k', 1),
      store.get('k'),
      store.set('k', 2),
      store.get('k'),
      store.delete('k'),
      store.get('k'),
    ]);
    late(false);
    expect(await answers).toEqual([true, 1, true, 2, true, undefined]);
    expect(await store.get('k')).toBeUndefined();
  });

  it('never gives a later read the answer of an earlier one', async () => {
    const { driver, late, gets } = sometimesLate();
    const store = createStore({ driver });
    const other = createStore({ driver });
    await store.set('k', 'old');
    late(true);
    const first = store.get('k');
    late(false);
    await other.set('k', 'new');
    const second = store.get('k');
    expect([await first, await second]).toEqual(['old', 'new']);
    expect(gets()).toBe(2);
  });

  it('is held to the deadline and to the signal all the same', async () => {
    const memory = memoryDriver();
    const never = new Promise<never>(() => undefined);
    const driver: Driver = {
      contract: 1,
      traits: memory.traits,
      get: () => never,
      write: () => never,
      close: () => memory.close(),
    };
    const store = createStore({ driver, timeoutMs: 60 });
    await expect(store.get('a')).rejects.toMatchObject({ code: 'TIMEOUT', outcome: 'none' });
    await expect(store.set('b', 1)).rejects.toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
    const signal = AbortSignal.timeout(10);
    await expect(store.get('c', { signal })).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe('a call that was made at once, and given up in the same tick', () => {
  it('may have happened, keeps its turn, and fails unheard', async () => {
    const memory = memoryDriver();
    const log: string[] = [];
    const driver: Driver = {
      contract: 1,
      traits: memory.traits,
      get: (keys, call) => memory.get(keys, call),
      async write(writes) {
        log.push(`start ${writes.length}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
        log.push('end');
        if (log.length === 2) throw new Error('the reply is lost');
        return writes.map(() => ({ applied: true }));
      },
      close: () => memory.close(),
    };
    const store = createStore({ driver });
    const controller = new AbortController();
    const given = store.set('k', 1, { signal: controller.signal });
    controller.abort();
    const next = store.set('k', 2);
    await expect(given).rejects.toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
    expect(await next).toBe(true);
    expect(log).toEqual(['start 1', 'end', 'start 1', 'end']);
  });

  it('is no answer if it has no result', async () => {
    const memory = memoryDriver();
    for (const results of [[], [undefined, undefined], undefined] as never[]) {
      const driver: Driver = {
        contract: 1,
        traits: memory.traits,
        get: () => results,
        write: () => results,
        close: () => memory.close(),
      };
      const store = createStore({ driver });
      await expect(store.get('k')).rejects.toMatchObject({ code: 'INVALID_DRIVER', key: 'k' });
      await expect(store.set('k', 1)).rejects.toMatchObject({ code: 'INVALID_DRIVER', key: 'k' });
    }
  });
});
