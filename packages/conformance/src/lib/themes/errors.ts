import { isKvError, type KvErrorCode, type Store } from '@grovekv/kv-core';
import { equal, ok, rejects, show } from '../assert/assert.js';
import type { Theme } from '../suite/theme.js';

/** Verbs that write, each with a change that would be seen. */
function writers(
  s: Store,
  key: string,
  signal: AbortSignal,
): Record<string, () => Promise<unknown>> {
  return {
    set: () => s.set(key, 'changed', { signal }),
    setMany: () => s.setMany([[key, 'changed']], { signal }),
    delete: () => s.delete(key, { signal }),
    deleteMany: () => s.deleteMany([key], { signal }),
    expire: () => s.expire(key, 1, { signal }),
    persist: () => s.persist(key, { signal }),
    update: () => s.update(key, () => ({ put: 'changed', result: 1 }), { signal }),
    batch: () => s.batch([{ type: 'delete', key }], { signal }),
  };
}

function readers(
  s: Store,
  key: string,
  signal: AbortSignal,
): Record<string, () => Promise<unknown>> {
  return {
    get: () => s.get(key, { signal }),
    getEntry: () => s.getEntry(key, { signal }),
    getMany: () => s.getMany([key], { signal }),
    has: () => s.has(key, { signal }),
    ttl: () => s.ttl(key, { signal }),
  };
}

const OUTAGE: readonly KvErrorCode[] = ['UNAVAILABLE', 'TIMEOUT'];

export const errors: Theme = {
  name: 'errors',
  tests: [
    {
      name: 'an aborted signal rejects with ABORTED, and nothing is written',
      async run({ store, key }) {
        const s = store();
        await s.set(key(), 'before', { ttlMs: 600_000 });
        const signal = AbortSignal.abort(new Error('enough'));
        const verbs = { ...writers(s, key(), signal), ...readers(s, key(), signal) };
        for (const [name, run] of Object.entries(verbs)) {
          const error = await rejects(run, 'ABORTED', name);
          equal(error.outcome, 'none', `${name}: outcome`);
        }
        await rejects(() => s.increment(key('n'), 1, { signal }), 'ABORTED', 'increment');
        equal(await s.get(key()), 'before', 'the value');
        equal(((await s.ttl(key())) ?? 0) > 60_000, true, 'the ttl');
        equal(await s.has(key('n')), false, 'the counter');
      },
    },
    {
      name: 'a signal that fires later rejects its own call only',
      async run({ store, key }) {
        const s = store();
        const controller = new AbortController();
        const { signal } = controller;
        const before = s.increment(key(), 1);
        const aborted = [
          s.increment(key(), 10, { signal }),
          s.get(key(), { signal }),
          s.update(key('u'), () => ({ put: 1, result: 1 }), { signal }),
        ];
        const after = s.increment(key(), 100);
        controller.abort();
        for (const call of aborted) await rejects(() => call, 'ABORTED', 'an aborted call');
        equal((await before).value, 1, 'the call before');
        const { value } = await after;
        ok(value === 101 || value === 111, `the call after: ${value}`);
        equal(await s.get(key()), value, 'what is stored');
      },
    },
    {
      name: 'a signal that fires after the answer changes nothing',
      async run({ store, key }) {
        const s = store();
        const controller = new AbortController();
        equal(await s.set(key(), 1, { signal: controller.signal }), true, 'set');
        controller.abort();
        equal(await s.get(key()), 1, 'afterwards');
      },
    },
    {
      name: 'bad times to live are refused and change nothing',
      async run({ store, key }) {
        const s = store();
        await s.set(key(), 'before');
        const bad = [0, -1, -0, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, '1000', null, {}];
        for (const ttlMs of bad as number[]) {
          const what = `a ttl of ${show(ttlMs)}`;
          await rejects(() => s.set(key(), 'x', { ttlMs }), 'INVALID_ARGUMENT', `set, ${what}`);
          await rejects(() => s.expire(key(), ttlMs), 'INVALID_ARGUMENT', `expire, ${what}`);
          const batch = () =>
            s.batch([
              { type: 'set', key: key('other'), value: 1 },
              { type: 'expire', key: key(), ttlMs },
            ]);
          await rejects(batch, 'INVALID_ARGUMENT', `batch, ${what}`);
        }
        equal(await s.ttl(key()), Number.POSITIVE_INFINITY, 'the ttl');
        equal(await s.get(key()), 'before', 'the value');
        equal(await s.has(key('other')), false, 'the rest of the batch');
      },
    },
    {
      name: 'an error tells its code, its key as the caller named it, and its outcome',
      async run({ store, key }) {
        const inside = store().namespace(key('space'));
        await inside.set('text', 'abc');
        const error = await rejects(() => inside.increment('text'), 'NOT_AN_INTEGER', 'increment');
        equal(error.key, 'text', 'key');
        equal(error.outcome, 'none', 'outcome');
        ok(error instanceof Error && error.message !== '', 'it is an Error with a message');
        ok(isKvError(error, 'NOT_AN_INTEGER'), 'it is recognised by its code');
      },
    },
    {
      name: 'one failing call of a tick leaves the others alone',
      async run({ store, key }) {
        const s = store();
        await s.set(key('text'), 'abc');
        const answers = await Promise.allSettled([
          s.set(key('a'), 1),
          s.increment(key('text')),
          s.increment(key('b')),
          s.set(key('c'), Number.NaN),
          s.get(key('text')),
        ]);
        equal(
          answers.map(({ status }) => status),
          ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled'],
          'answers',
        );
        equal(await s.getMany([key('a'), key('b'), key('c')]), [1, 1, undefined], 'stored');
      },
    },
    {
      name: 'an outage is an error in time, never a missing value, and passes',
      needs: ['outage'],
      async run({ store, driver, key, options }) {
        const timeoutMs = 1_000;
        const s = store(driver, { timeoutMs });
        await s.set(key(), 'before');
        await s.set(key('n'), 1);
        await options.outage?.start();
        const definite: string[] = [];
        try {
          const verbs: Record<string, () => Promise<unknown>> = {
            get: () => s.get(key()),
            'get of a missing key': () => s.get(key('missing')),
            getMany: () => s.getMany([key(), key('missing')]),
            has: () => s.has(key()),
            set: () => s.set(key(), 'changed'),
            delete: () => s.delete(key('missing')),
            increment: () => s.increment(key('n')),
            update: () => s.update(key('u'), () => ({ put: 1, result: 1 })),
          };
          for (const [name, run] of Object.entries(verbs)) {
            const start = performance.now();
            const error = await rejects(run, OUTAGE, name);
            const took = performance.now() - start;
            ok(took < timeoutMs + 600, `${name} took ${took.toFixed(0)} of ${timeoutMs} ms`);
            if (error.outcome === 'none') definite.push(name);
          }
        } finally {
          await options.outage?.stop();
        }
        await recovered(s, key('probe'));
        const value = await s.get(key());
        const count = await s.get(key('n'));
        equal(['before', 'changed'].includes(value as string), true, 'the value afterwards');
        if (definite.includes('set')) equal(value, 'before', 'a definite failure never happened');
        if (definite.includes('increment')) equal(count, 1, 'nor did the increment');
        equal(await s.set(key(), 'after'), true, 'set afterwards');
        equal(await s.get(key()), 'after', 'get afterwards');
      },
    },
  ],
};

/** Waits until calls succeed again, ten seconds at most. */
async function recovered(s: Store, key: string): Promise<void> {
  const end = performance.now() + 10_000;
  for (;;) {
    try {
      await s.set(key, 1);
      return;
    } catch (error) {
      if (performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
