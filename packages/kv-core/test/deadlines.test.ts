import { describe, expect, it } from 'vitest';
import type { Driver } from '../src/driver.js';
import { createStore, type KvError, type Store } from '../src/index.js';
import { memoryDriver } from '../src/memory.js';
import { createGate } from './support/gate.js';
import { spyDriver } from './support/spy-driver.js';
import { turns } from './support/turns.js';
import { xorHook } from './support/xor-hook.js';

const TIMEOUT_MS = 150;
const never = () => new Promise<never>(() => undefined);

const VERBS: Record<string, { call: (store: Store) => Promise<unknown>; outcome: string }> = {
  get: { call: (store) => store.get('a'), outcome: 'none' },
  getEntry: { call: (store) => store.getEntry('b'), outcome: 'none' },
  getMany: { call: (store) => store.getMany(['a', 'c', 'd']), outcome: 'none' },
  has: { call: (store) => store.has('e'), outcome: 'none' },
  ttl: { call: (store) => store.ttl('f'), outcome: 'none' },
  ping: { call: (store) => store.ping(), outcome: 'none' },
  keys: { call: (store) => store.keys().next(), outcome: 'none' },
  set: { call: (store) => store.set('g', 1), outcome: 'unknown' },
  setMany: { call: (store) => store.setMany([['h', 1]]), outcome: 'unknown' },
  delete: { call: (store) => store.delete('i'), outcome: 'unknown' },
  deleteMany: { call: (store) => store.deleteMany(['j', 'k']), outcome: 'unknown' },
  expire: { call: (store) => store.expire('l', 1), outcome: 'unknown' },
  persist: { call: (store) => store.persist('m'), outcome: 'unknown' },
  batch: { call: (store) => store.batch([{ type: 'delete', key: 'n' }]), outcome: 'unknown' },
  atomic: {
    call: (store) => store.atomic({ writes: [{ type: 'delete', key: 'o' }] }),
    outcome: 'unknown',
  },
};
const MUTATIONS: Record<string, (store: Store) => Promise<unknown>> = {
  increment: (store) => store.increment('p'),
  update: (store) => store.update('q', () => ({ put: 1, result: 1 })),
  'idempotent update': (store) =>
    store.update('r', () => ({ put: 1, result: 1 }), { idempotent: true }),
};

async function failure(call: Promise<unknown>): Promise<string> {
  const startedAt = performance.now();
  try {
    return `answered ${await call}`;
  } catch (error) {
    const took = performance.now() - startedAt;
    const { code, outcome } = error as KvError;
    // 100 ms are promised; a loaded machine wakes timers late.
    return took < TIMEOUT_MS + 500 ? `${code} ${outcome}` : `${code} after ${took} ms`;
  }
}

describe('a driver that never answers', () => {
  const hooks = { 'no hook': [], 'a value hook': [xorHook()] };
  for (const [hookName, list] of Object.entries(hooks)) {
    it(`every verb ends with TIMEOUT and the right outcome: ${hookName}`, async () => {
      const driver = spyDriver({ before: never });
      const store = createStore({ driver, timeoutMs: TIMEOUT_MS, hooks: list });
      const answers = Object.entries(VERBS).map(async ([verb, { call, outcome }]) => {
        expect([verb, await failure(call(store))]).toEqual([verb, `TIMEOUT ${outcome}`]);
      });
      await Promise.all(answers);
    });
  }

  it('a mutation ends with none if it could not read, with unknown if it could not write', async () => {
    const routes: [Parameters<typeof spyDriver>[0], string][] = [
      [{ before: never }, 'none'],
      [{ before: ({ method }) => (method === 'write' ? never() : undefined) }, 'unknown'],
      [{ after: ({ method }) => (method === 'write' ? never() : undefined) }, 'unknown'],
      [{ before: never, has: ['mutate', 'increment'] }, 'unknown'],
    ];
    for (const [options, outcome] of routes) {
      const store = createStore({ driver: spyDriver(options), timeoutMs: TIMEOUT_MS });
      const answers = Object.entries(MUTATIONS).map(async ([verb, call]) => {
        expect([verb, await failure(call(store))]).toEqual([verb, `TIMEOUT ${outcome}`]);
      });
      await Promise.all(answers);
    }
  });

  it('what waits behind ends in its own time, and was never sent', async () => {
    const driver = spyDriver({ before: never });
    const store = createStore({ driver, timeoutMs: TIMEOUT_MS });
    const answers = [failure(store.set('a', 1)), failure(store.get('a'))];
    answers.push(failure(store.increment('a')), failure(store.set('a', 2)));
    answers.push(failure(store.atomic({ writes: [{ type: 'set', key: 'a', value: 3 }] })));
    expect(await Promise.all(answers)).toEqual([
      'TIMEOUT unknown',
      'TIMEOUT none',
      'TIMEOUT none',
      'TIMEOUT none',
      'TIMEOUT none',
    ]);
    expect(driver.calls.map(({ method }) => method)).toEqual(['write']);
  });

  it('an older put does not wait for the time of a younger one that it travels with', async () => {
    const gate = createGate();
    const driver = spyDriver({ before: () => gate.pass() });
    const store = createStore({ driver, timeoutMs: 600 });
    void store.get('a');
    await turns(1);
    const issuedAt = performance.now();
    const old = store.set('a', 1);
    await new Promise((resolve) => setTimeout(resolve, 450));
    const young = store.set('a', 2);
    gate.release();
    await expect(old).rejects.toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
    expect(performance.now() - issuedAt).toBeLessThan(900);
    await expect(young).rejects.toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
    expect(driver.of('write')).toHaveLength(1);
  });

  it('the key is free again afterwards, and a late answer changes nothing', async () => {
    const gate = createGate();
    let slow = true;
    const driver = spyDriver({ after: () => (slow ? gate.pass() : undefined) });
    const store = createStore({ driver, timeoutMs: TIMEOUT_MS });
    const late = [
      failure(store.set('a', 1)),
      failure(store.get('b')),
      failure(store.increment('n')),
    ];
    expect(await Promise.all(late)).toEqual(['TIMEOUT unknown', 'TIMEOUT none', 'TIMEOUT none']);
    slow = false;
    expect(await store.set('a', 2)).toBe(true);
    gate.open();
    await turns(2);
    expect(await store.get('a')).toBe(2);
  });

  it('a request that has time left is not ended with an older one of its batch', async () => {
    const gate = createGate();
    const driver = spyDriver({ before: () => gate.pass() });
    const store = createStore({ driver, timeoutMs: 300 });
    const blocked = store.get('a');
    await turns(1);
    const old = store.set('a', 1);
    await new Promise((resolve) => setTimeout(resolve, 200));
    gate.release();
    await blocked;
    // Goes down together with the old one, whose time is up in 100 ms.
    const fresh = store.set('b', 1);
    expect(await failure(old)).toBe('TIMEOUT unknown');
    expect(driver.of('write')).toHaveLength(1);
    gate.open();
    expect(await fresh).toBe(true);
  });

  it('a hook that never answers is timed out too', async () => {
    const driver = spyDriver();
    await createStore({ driver, hooks: [xorHook()] }).setMany(['a', 'b'].map((key) => [key, 1]));
    const hook = xorHook(undefined, never);
    const store = createStore({ driver, timeoutMs: TIMEOUT_MS, hooks: [hook] });
    const calls = [
      store.get('a'),
      store.set('c', 1),
      store.update('b', () => ({ put: 1, result: 1 })),
      store.atomic({ writes: [{ type: 'set', key: 'd', value: 1 }] }),
    ];
    const none = 'TIMEOUT none';
    expect(await Promise.all(calls.map(failure))).toEqual([none, none, none, none]);
    await store.close();
  });
});

describe('close', () => {
  it('waits for what is in flight and queued, then closes the driver', async () => {
    const gate = createGate();
    const inner = spyDriver({ before: () => gate.pass() });
    let closed = 0;
    const driver: Driver = {
      ...inner,
      async close() {
        closed += 1;
      },
    };
    const store = createStore({ driver });
    const running = store.set('a', 1);
    const queued = store.get('a');
    await turns(1);
    const closing = store.close();
    const again = store.close();
    expect(await failure(store.get('b'))).toBe('CLOSED none');
    await turns(2);
    expect(closed).toBe(0);
    gate.open();
    expect(await Promise.all([running, queued])).toEqual([true, 1]);
    await Promise.all([closing, again]);
    await store.close();
    expect(closed).toBe(1);
  });

  it('is bounded, by a driver that answers nothing and does not even close', async () => {
    const driver = { ...spyDriver({ before: never }), close: never };
    const store = createStore({ driver, timeoutMs: TIMEOUT_MS });
    const calls = [store.set('a', 1), store.get('a'), store.keys().next()];
    const closing = failure(store.close());
    await Promise.all(calls.map((call) => failure(call)));
    expect(await closing).toBe('TIMEOUT none');
  });

  it('a listing under way still has its deadline', async () => {
    const store = createStore({ driver: spyDriver({ before: never }), timeoutMs: TIMEOUT_MS });
    const page = failure(store.keys().next());
    await turns(1);
    await store.close();
    expect(await page).toBe('TIMEOUT none');
  });

  it('refuses every verb afterwards, on every view', async () => {
    const drivers = [memoryDriver(), spyDriver(), spyDriver({ has: ['mutate', 'increment'] })];
    for (const driver of drivers) {
      const store = createStore({ driver });
      await store.close();
      const calls = [...Object.values(VERBS).map(({ call }) => call), ...Object.values(MUTATIONS)];
      for (const view of [store, store.namespace('n'), store.with({ hooks: [xorHook()] })]) {
        const answers = await Promise.all(calls.map((call) => failure(call(view))));
        expect(new Set(answers)).toEqual(new Set(['CLOSED none']));
      }
    }
  });

  it('refuses calls that a driver would still answer at once', async () => {
    const inner = memoryDriver();
    const driver: Driver = {
      contract: 1,
      traits: inner.traits,
      get: (keys, call) => inner.get(keys, call),
      write: (writes, call) => inner.write(writes, call),
      close: async () => undefined,
    };
    const store = createStore({ driver });
    const closing = store.close();
    expect(await failure(store.get('a'))).toBe('CLOSED none');
    expect(await failure(store.set('a', 1))).toBe('CLOSED none');
    await closing;
    expect(await failure(store.get('a'))).toBe('CLOSED none');
  });

  it('is what `await using` does', async () => {
    let closed = false;
    const driver: Driver = {
      ...spyDriver(),
      async close() {
        closed = true;
      },
    };
    {
      await using store = createStore({ driver });
      await store.set('a', 1);
      expect(closed).toBe(false);
    }
    expect(closed).toBe(true);
  });
});
