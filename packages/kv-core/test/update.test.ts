import { afterEach, describe, expect, it, vi } from 'vitest';
import { createRandom } from '../../../tests/support/seeded-random.js';
import type { Driver, Write, WriteResult } from '../src/driver.js';
import { type Change, createStore, KvError, type Store } from '../src/index.js';
import { memoryDriver } from '../src/memory.js';
import { portable } from '../src/testing.js';
import { createGate } from './support/gate.js';
import { spyDriver } from './support/spy-driver.js';
import { turns } from './support/turns.js';
import { xorHook } from './support/xor-hook.js';

const add = (store: Store, by = 1) =>
  store.update('n', (n: number = 0): Change<number, number> => ({ put: n + by, result: n + by }));

const ways: Record<string, () => Store> = {
  local: () => createStore({ driver: memoryDriver() }),
  'asynchronous local': () => createStore({ driver: spyDriver({ has: ['mutate'] }) }),
  portable: () => createStore({ driver: portable(memoryDriver()) }),
  'asynchronous portable': () => createStore({ driver: spyDriver() }),
  'behind a value hook': () => createStore({ driver: spyDriver(), hooks: [xorHook()] }),
};

afterEach(() => void vi.restoreAllMocks());

describe('update, whichever way it takes', () => {
  for (const [way, make] of Object.entries(ways)) {
    it(`puts, deletes, keeps and throws: ${way}`, async () => {
      const store = make();
      const seen: unknown[] = [];
      const step = (change: Change<unknown, unknown> | Error) =>
        store.update('a', (current) => {
          seen.push(current);
          if (change instanceof Error) throw change;
          return change;
        });
      const thrown = new Error('mine');
      const failed = step(thrown).catch((error: unknown) => error);
      const answers = await Promise.all([
        step({ keep: true, result: 1 }),
        step({ put: { deep: [1] }, ttlMs: 5_000, result: 2 }),
        step({ put: 'text', result: 3 }),
        step({ keep: true, result: 4 }),
      ]);
      expect(answers).toEqual([1, 2, 3, 4]);
      expect(await failed).toBe(thrown);
      expect(seen.slice(0, 5)).toEqual([undefined, undefined, undefined, { deep: [1] }, 'text']);
      expect(await store.get('a')).toBe('text');
      expect(await store.ttl('a')).toBeGreaterThan(4_000);
      expect(await step({ delete: true, result: 5 })).toBe(5);
      expect(await store.has('a')).toBe(false);
      expect(await step({ delete: true, result: 6 })).toBe(6);
    });

    it(`refuses what is no change, and values it cannot store, and writes nothing: ${way}`, async () => {
      const store = make();
      await store.set('a', 'before');
      const changes: unknown[] = [undefined, null, 5, 'put', {}, Promise.resolve({ put: 1 })];
      for (const change of changes) {
        const call = store.update('a', () => change as Change<unknown, unknown>);
        await expect(call).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', key: 'a' });
      }
      for (const value of [undefined, Number.NaN, () => 1, new Map()]) {
        const call = store.update('a', () => ({ put: value, result: 0 }));
        await expect(call).rejects.toMatchObject({ code: 'INVALID_VALUE', key: 'a' });
      }
      for (const ttlMs of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
        const call = store.update('a', () => ({ put: 1, ttlMs, result: 0 }));
        await expect(call).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
      }
      expect(await store.get('a')).toBe('before');
    });

    it(`tells the time left when asked: ${way}`, async () => {
      const store = make();
      const left = () =>
        store.update('a', (n, { ttlMs }) => ({ put: n, result: ttlMs }), { withTtl: true });
      await store.set('a', 1, { ttlMs: 5_000 });
      // A mutation that did not ask for it has been there before.
      await store.update('a', () => ({ put: 2, result: 0 }));
      expect(await left()).toBeGreaterThan(4_000);
      expect(await left()).toBeGreaterThan(4_000);
      await store.persist('a');
      await store.update('a', () => ({ put: 3, ttlMs: 'none', result: 0 }));
      expect(await left()).toBeUndefined();
    });

    it(`loses no change among views and callers: ${way}`, async () => {
      const store = make();
      const other = store.with({});
      const calls = Array.from({ length: 100 }, (_, index) => add(index % 2 ? store : other));
      const results = await Promise.all(calls);
      expect(results.sort((a, b) => a - b)).toEqual(results.map((_, index) => index + 1));
    });
  }

  it('an error of its own class comes back untouched, through any number of views', async () => {
    class Mine extends KvError {
      override readonly name: string = 'Mine';
    }
    const mine = new Mine('UNAVAILABLE', 'of another store', { key: 'a:b' });
    for (const make of Object.values(ways)) {
      const view = make().namespace('a').namespace('a');
      const call = view.update('k', () => {
        throw mine;
      });
      await expect(call).rejects.toBe(mine);
    }
  });

  it('a result of any kind comes back, functions and undefined included', async () => {
    const store = createStore({ driver: memoryDriver() });
    const fn = () => 1;
    for (const result of [undefined, null, fn, Promise.reject(0).catch(() => 0)]) {
      const answer = store.update('a', () => ({ keep: true, result }));
      expect(await answer).toBe(await result);
    }
  });
});

describe('a portable update', () => {
  it('goes on from the entry that won, without reading again', async () => {
    const inner = memoryDriver();
    const other = createStore({ driver: inner });
    const driver = spyDriver({
      inner,
      before: async ({ method }) => {
        if (method === 'write' && driver.of('write').length === 1) await other.set('n', 10);
      },
    });
    const store = createStore({ driver });
    expect(await add(store)).toBe(11);
    expect(driver.calls.map(({ method }) => method)).toEqual(['get', 'write', 'write']);
  });

  it('reads again if the driver does not know what won', async () => {
    const inner = memoryDriver();
    const other = createStore({ driver: inner });
    const spy = spyDriver({
      inner,
      before: async ({ method }) => {
        if (method === 'write' && spy.of('write').length === 1) await other.set('n', 10);
      },
    });
    const driver: Driver = {
      ...spy,
      write: async (writes, call) =>
        ((await spy.write(writes, call)) as WriteResult[]).map(({ applied }) => ({ applied })),
    };
    expect(await add(createStore({ driver }))).toBe(11);
    expect(spy.calls.map(({ method }) => method)).toEqual(['get', 'write', 'get', 'write']);
  });

  it('decides nothing by what it remembers: not a keep, not a throw, not a delete of nothing', async () => {
    const inner = memoryDriver();
    const driver = spyDriver({ inner });
    const store = createStore({ driver });
    const other = createStore({ driver: inner });
    await add(store, 5);
    await other.set('n', 50);
    const keep = store.update('n', (n) => ({ keep: true, result: n }));
    expect(await keep).toBe(50);
    await other.set('n', 60);
    const refuse = store.update('n', (n) => {
      throw new Error(`found ${n}`);
    });
    await expect(refuse).rejects.toThrow('found 60');
    await store.update('n', () => ({ delete: true, result: 0 }));
    await other.set('n', 70);
    await store.update('n', () => ({ delete: true, result: 0 }));
    expect(await other.has('n')).toBe(false);
    await other.set('n', 80);
    expect(await add(store)).toBe(81);
  });

  it('takes one request when nobody else writes', async () => {
    const driver = spyDriver();
    const store = createStore({ driver });
    await add(store);
    driver.calls.length = 0;
    for (let round = 2; round <= 10; round += 1) expect(await add(store)).toBe(round);
    expect(driver.calls.map(({ method }) => method)).toEqual(Array(9).fill('write'));
  });

  /** A store for whose every write another one is faster, which counts these. */
  function alwaysBeaten(timeoutMs: number) {
    const inner = memoryDriver();
    const other = createStore({ driver: inner });
    const beaten = {
      races: 0,
      other,
      store: createStore({
        timeoutMs,
        driver: spyDriver({
          inner,
          before: async ({ method }) => {
            if (method !== 'write') return;
            beaten.races += 1;
            await other.set('n', beaten.races * 1_000);
          },
        }),
      }),
    };
    return beaten;
  }

  it('gives up after a bounded number of lost races', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0);
    const beaten = alwaysBeaten(60_000);
    await expect(add(beaten.store)).rejects.toMatchObject({
      code: 'CONTENTION',
      outcome: 'none',
      key: 'n',
    });
    expect(beaten.races).toBe(1_000);
    expect(await beaten.other.get('n')).toBe(1_000_000);
  });

  it('loses races until its deadline at most, and says that it lost', async () => {
    const { store } = alwaysBeaten(100);
    const since = performance.now();
    await expect(add(store)).rejects.toMatchObject({
      code: 'CONTENTION',
      message: expect.stringMatching(/^lost [0-9]+ compare-and-swaps in a row/),
      outcome: 'none',
      key: 'n',
    });
    expect(performance.now() - since).toBeGreaterThan(95);
  });

  it('lets others have a turn after it has won a race', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0.999);
    const inner = memoryDriver();
    const other = createStore({ driver: inner });
    const driver = spyDriver({
      inner,
      before: async ({ method }) => {
        if (method === 'write' && driver.of('write').length === 1) await other.set('n', 10);
      },
    });
    const store = createStore({ driver });
    await add(store);
    const before = driver.calls.length;
    const next = add(store);
    for (let microtask = 0; microtask < 50; microtask += 1) await undefined;
    expect(driver.calls.length).toBe(before);
    expect(await next).toBe(12);
  });

  it('one whose value only a hook makes too large fails alone', async () => {
    const driver = spyDriver({ traits: { maxValueBytes: 22 } });
    const store = createStore({ driver, hooks: [xorHook()] });
    // 20 bytes of JSON, 24 behind the hook.
    const put = (value: string) => store.update('a', () => ({ put: value, result: value }));
    const answers = await Promise.allSettled([put('ok'), put('x'.repeat(18))]);
    expect(answers).toMatchObject([
      { value: 'ok' },
      { reason: { code: 'VALUE_TOO_LARGE', key: 'a' } },
    ]);
    expect(await store.get('a')).toBe('ok');
  });

  it('keeps several clients exact under delays', async () => {
    const random = createRandom(5);
    const wait = (): Promise<void> => turns(Math.floor(random() * 3));
    const inner = memoryDriver();
    const stores = Array.from({ length: 4 }, () =>
      createStore({ driver: spyDriver({ inner, before: wait, after: wait }) }),
    );
    const seen: number[] = [];
    const loop = async (store: Store): Promise<void> => {
      for (let round = 0; round < 10; round += 1) {
        seen.push(...(await Promise.all([add(store), add(store), add(store)])));
      }
    };
    await Promise.all(stores.map(loop));
    expect(seen.sort((a, b) => a - b)).toEqual(seen.map((_, index) => index + 1));
  });
});

describe('an update whose write is in doubt', () => {
  const lost = new KvError('UNAVAILABLE', 'connection reset', { outcome: 'unknown' });

  /** Loses the reply, or the request, of the first `times` writes. */
  function lossy(what: 'reply' | 'request', times: number, has: ['mutate'] | []): Driver {
    let left = times;
    const lose = ({ method }: { method: string }): void => {
      if (method !== 'get' && left > 0) {
        left -= 1;
        throw lost;
      }
    };
    return spyDriver({ has, ...(what === 'reply' ? { after: lose } : { before: lose }) });
  }

  /** Appends `id` once: it knows its own effect. */
  const append = (store: Store, id: string, idempotent: boolean) =>
    store.update(
      'list',
      (list: string[] = []): Change<string[], number> =>
        list.includes(id)
          ? { keep: true, result: list.indexOf(id) }
          : { put: [...list, id], result: list.length },
      { idempotent },
    );

  for (const has of [[], ['mutate']] as ([] | ['mutate'])[]) {
    for (const what of ['reply', 'request'] as const) {
      it(`is settled if idempotent: lost ${what}, ${has[0] ?? 'portable'}`, async () => {
        const store = createStore({ driver: lossy(what, 3, has) });
        const calls = ['a', 'b', 'c'].map((id) => append(store, id, true));
        expect(await Promise.all(calls)).toEqual([0, 1, 2]);
        expect(await store.get('list')).toEqual(['a', 'b', 'c']);
      });

      it(`is reported once if not: lost ${what}, ${has[0] ?? 'portable'}`, async () => {
        const store = createStore({ driver: lossy(what, 1, has) });
        const mixed = await Promise.allSettled([
          append(store, 'a', false),
          append(store, 'b', true),
        ]);
        const reason = { code: 'UNAVAILABLE', outcome: 'unknown', key: 'list' };
        expect(mixed).toMatchObject([{ status: 'rejected', reason }, { status: 'fulfilled' }]);
        const list = what === 'reply' ? ['a', 'b'] : ['b'];
        expect(await store.get('list')).toEqual(list);
      });
    }

    it(`never says none once a write may have happened: ${has[0] ?? 'portable'}`, async () => {
      const driver = lossy('reply', Number.POSITIVE_INFINITY, has);
      const store = createStore({ driver, timeoutMs: 100 });
      const stubborn = store.update('n', () => ({ put: 1, result: 1 }), { idempotent: true });
      await expect(stubborn).rejects.toMatchObject({ outcome: 'unknown', key: 'n' });
    });
  }

  it('never says none when the server is gone afterwards, either', async () => {
    let gone = false;
    const definite = new KvError('UNAVAILABLE', 'refused', { outcome: 'none' });
    const driver = spyDriver({
      before: () => {
        if (gone) throw definite;
      },
      after: ({ method }) => {
        if (method !== 'write') return;
        gone = true;
        throw lost;
      },
    });
    const store = createStore({ driver, timeoutMs: 100 });
    await expect(append(store, 'a', true)).rejects.toMatchObject({ outcome: 'unknown' });
  });

  it('a definite failure is told as such, at once', async () => {
    const driver = spyDriver({
      before: ({ method }) => {
        if (method === 'write') throw new KvError('UNAVAILABLE', 'read-only replica');
      },
    });
    const store = createStore({ driver });
    await expect(append(store, 'a', true)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      outcome: 'none',
    });
    expect(driver.of('write')).toHaveLength(1);
  });

  it('is told of its doubt even if the caller of a run had gone before', async () => {
    const gate = createGate();
    const driver = spyDriver({ before: () => gate.pass() });
    const store = createStore({ driver });
    const controller = new AbortController();
    const { signal } = controller;
    const aborted = store.update('n', () => ({ put: 1, result: 1 }), { signal });
    const other = store.update('n', (n: number = 0) => ({ put: n + 1, result: n }));
    await turns(1);
    controller.abort();
    await expect(aborted).rejects.toMatchObject({ code: 'ABORTED', outcome: 'unknown' });
    gate.open();
    expect(await other).toBe(0);
    const [write] = driver.of('write');
    expect(
      new TextDecoder().decode(((write!.args[0] as Write[])[0] as { value: Uint8Array }).value),
    ).toBe('1');
  });
});
