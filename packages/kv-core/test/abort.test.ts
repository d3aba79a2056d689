import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createStore, type KvError, type Store } from '../src/index.js';
import { memoryDriver } from '../src/memory.js';
import { createGate } from './support/gate.js';
import { type SpyOptions, spyDriver } from './support/spy-driver.js';
import { turns } from './support/turns.js';
import { xorHook } from './support/xor-hook.js';

type Call = (store: Store, signal: AbortSignal) => Promise<unknown>;

const READS: Record<string, Call> = {
  get: (store, signal) => store.get('a', { signal }),
  getEntry: (store, signal) => store.getEntry('a', { signal }),
  getMany: (store, signal) => store.getMany(['a', 'b'], { signal }),
  has: (store, signal) => store.has('a', { signal }),
  ttl: (store, signal) => store.ttl('a', { signal }),
  ping: (store, signal) => store.ping({ signal }),
  keys: (store, signal) => store.keys({ signal }).next(),
};
const WRITES: Record<string, Call> = {
  set: (store, signal) => store.set('a', 9, { signal }),
  setMany: (store, signal) => store.setMany([['a', 9]], { signal }),
  delete: (store, signal) => store.delete('a', { signal }),
  deleteMany: (store, signal) => store.deleteMany(['a', 'b'], { signal }),
  expire: (store, signal) => store.expire('a', 1, { signal }),
  persist: (store, signal) => store.persist('a', { signal }),
  batch: (store, signal) => store.batch([{ type: 'delete', key: 'a' }], { signal }),
  atomic: (store, signal) => store.atomic({ writes: [{ type: 'delete', key: 'a' }] }, { signal }),
  increment: (store, signal) => store.increment('a', 1, { signal }),
  update: (store, signal) => store.update('a', () => ({ put: 9, result: 0 }), { signal }),
};
const VERBS = { ...READS, ...WRITES };
const reason = new Error('no longer wanted');

function failure(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    (answer) => `answered ${answer}`,
    ({ code, outcome, cause }: KvError) => [code, outcome, cause],
  );
}

const drivers: Record<string, SpyOptions | undefined> = {
  memory: undefined,
  portable: {},
  native: { has: ['mutate', 'increment'] },
};

describe('AbortSignal', () => {
  for (const [name, options] of Object.entries(drivers)) {
    it(`fired before the call: nothing happens, every verb rejects (${name})`, async () => {
      const spy = options && spyDriver(options);
      const store = createStore({ driver: spy ?? memoryDriver() });
      await store.set('a', 1);
      if (spy) spy.calls.length = 0;
      for (const [verb, call] of Object.entries(VERBS)) {
        const answer = await failure(call(store, AbortSignal.abort(reason)));
        expect([verb, answer]).toEqual([verb, ['ABORTED', 'none', reason]]);
      }
      expect(spy?.calls ?? []).toEqual([]);
      expect(await store.get('a')).toBe(1);
    });
  }

  for (const [name, hooks] of Object.entries({ 'no hook': [], 'a value hook': [xorHook()] })) {
    it(`fired during the call: reads say none, writes say unknown (${name})`, async () => {
      for (const [verb, call] of Object.entries(VERBS)) {
        const gate = createGate();
        const store = createStore({ driver: spyDriver({ before: () => gate.pass() }), hooks });
        const controller = new AbortController();
        const answer = failure(call(store, controller.signal));
        await turns(2);
        expect([verb, gate.waiting]).toEqual([verb, 1]);
        controller.abort(reason);
        const outcome = verb in READS ? 'none' : 'unknown';
        expect([verb, await answer]).toEqual([verb, ['ABORTED', outcome, reason]]);
        gate.open();
        await store.close();
      }
    });
  }

  it('fired while the call waits for its turn: it is never sent', async () => {
    for (const [verb, call] of Object.entries(VERBS)) {
      if (verb === 'keys' || verb === 'ping') continue;
      const gate = createGate();
      const driver = spyDriver({ before: () => gate.pass() });
      const store = createStore({ driver });
      const running = [store.set('a', 1), store.set('b', 1)];
      await turns(1);
      const controller = new AbortController();
      const answer = failure(call(store, controller.signal));
      const behind = store.get('a');
      await turns(1);
      controller.abort(reason);
      expect([verb, await answer]).toEqual([verb, ['ABORTED', 'none', reason]]);
      gate.open();
      await Promise.all(running);
      expect(await behind).toBe(1);
      expect([verb, driver.of('commit'), driver.of('write')]).toMatchObject([verb, [], [{}]]);
    }
  });

  it('one of several callers gives up: the others get their answers', async () => {
    for (const options of Object.values(drivers)) {
      const gate = createGate();
      const driver = spyDriver({ ...options, before: () => gate.pass() });
      const store = createStore({ driver });
      const controller = new AbortController();
      const { signal } = controller;
      const aborted = [store.increment('n', 100, { signal }), store.get('a', { signal })];
      const others = [store.increment('n'), store.increment('n'), store.get('a')];
      await turns(1);
      controller.abort(reason);
      gate.open();
      for (const answer of aborted)
        expect(await failure(answer)).toMatchObject(['ABORTED', {}, {}]);
      const [first, second] = (await Promise.all(others)) as { value: number }[];
      expect(second!.value - first!.value).toBe(1);
    }
  });

  it('an aborted update is not run any more', async () => {
    const gate = createGate();
    const driver = spyDriver({ before: () => gate.pass() });
    const store = createStore({ driver });
    const controller = new AbortController();
    let ran = false;
    const update = store.update(
      'a',
      () => {
        ran = true;
        return { put: 1, result: 0 };
      },
      { signal: controller.signal },
    );
    await turns(1);
    controller.abort(reason);
    expect(await failure(update)).toEqual(['ABORTED', 'unknown', reason]);
    gate.open();
    await store.close();
    expect(ran).toBe(false);
    expect(driver.of('write')).toEqual([]);
  });

  it('leaves no listener behind, however the call ends', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const driver = spyDriver({
      before: ({ args }) => {
        if (JSON.stringify(args[0]).includes('broken')) throw new Error('broken');
      },
    });
    for (const store of [createStore({ driver }), createStore({ driver: memoryDriver() })]) {
      for (const call of Object.values(VERBS)) await call(store, signal);
      await store.get('broken', { signal }).catch(() => undefined);
      await store.increment('broken', 1, { signal }).catch(() => undefined);
      await store.set('k'.repeat(100_000), 1, { signal }).catch(() => undefined);
    }
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});
