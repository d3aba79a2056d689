import { describe, expect, it } from 'vitest';
import type { Driver } from '../src/driver.js';
import { createStore, isKvError, KvError, type Store } from '../src/index.js';
import { memoryDriver } from '../src/memory.js';
import { spyDriver } from './support/spy-driver.js';
import { xorHook } from './support/xor-hook.js';

const CALLS: Record<string, (store: Store) => Promise<unknown>> = {
  get: (store) => store.get('a'),
  getMany: (store) => store.getMany(['a', 'b']),
  set: (store) => store.set('a', 1),
  setMany: (store) =>
    store.setMany([
      ['a', 1],
      ['b', 1],
    ]),
  delete: (store) => store.delete('a'),
  increment: (store) => store.increment('a'),
  update: (store) => store.update('a', () => ({ put: 1, result: 1 })),
  atomic: (store) => store.atomic({ writes: [{ type: 'delete', key: 'a' }] }),
  keys: (store) => store.keys().next(),
};

async function failure(call: Promise<unknown>): Promise<string> {
  try {
    return `answered ${JSON.stringify(await call)}`;
  } catch (error) {
    return isKvError(error) ? `${error.code} ${error.outcome}` : `not a KvError: ${error}`;
  }
}

/** Every method does the same wrong thing. */
function broken(answer: () => unknown, has: ('increment' | 'mutate')[]): Driver {
  const methods = ['get', 'write', 'commit', 'scan', ...has];
  const wrong = Object.fromEntries(methods.map((method) => [method, answer]));
  return { ...spyDriver({ has }), ...wrong };
}

const READS = ['get', 'getMany', 'keys'];

describe('a driver that breaks its contract', () => {
  const failures: Record<string, () => unknown> = {
    'throws at once': () => {
      throw new Error('boom');
    },
    'rejects with a plain error': () => Promise.reject(new Error('boom')),
    'rejects with nothing': () => Promise.reject(undefined),
  };
  for (const [name, answer] of Object.entries(failures)) {
    it(`${name}: INVALID_DRIVER, unknown for what may have been written`, async () => {
      for (const has of [[], ['mutate'], ['increment']] as ('increment' | 'mutate')[][]) {
        for (const hooks of [[], [xorHook()]]) {
          const store = createStore({ driver: broken(answer, has), hooks, timeoutMs: 2_000 });
          for (const [verb, call] of Object.entries(CALLS)) {
            const native = hooks.length === 0 && has.length > 0;
            const reads =
              READS.includes(verb) ||
              (verb === 'update' && !(native && has[0] === 'mutate')) ||
              (verb === 'increment' && !native);
            const outcome = reads ? 'none' : 'unknown';
            expect([verb, await failure(call(store))]).toEqual([verb, `INVALID_DRIVER ${outcome}`]);
          }
        }
      }
    });
  }

  const shapes: Record<string, () => unknown> = {
    'no result at all': () => undefined,
    'too few results': () => [],
    'too many results': () => Array(5).fill(undefined),
    'what is no list': () => ({ length: 1 }),
  };
  for (const [name, answer] of Object.entries(shapes)) {
    it(`answers with ${name}: nothing hangs, nothing is taken for an answer`, async () => {
      for (const make of [answer, async () => answer()]) {
        for (const has of [[], ['mutate'], ['increment']] as ('increment' | 'mutate')[][]) {
          const store = createStore({ driver: broken(make, has), timeoutMs: 2_000 });
          for (const [verb, call] of Object.entries(CALLS)) {
            if (verb === 'atomic' || verb === 'keys') continue;
            expect([verb, await failure(call(store))]).toMatchObject([
              verb,
              expect.stringMatching(/^INVALID_DRIVER/),
            ]);
          }
          await store.close();
        }
      }
    });
  }

  it('answers undefined where a result is due: no caller hangs', async () => {
    const undefinedFor = (items: readonly unknown[]) => items.map(() => undefined);
    for (const has of [['mutate'], ['increment']] as ('increment' | 'mutate')[][]) {
      const driver = { ...spyDriver({ has }), write: undefinedFor, [has[0]!]: undefinedFor };
      const store = createStore({ driver: driver as unknown as Driver, timeoutMs: 2_000 });
      for (const call of [CALLS['set'], CALLS['increment'], CALLS['update']]) {
        await expect(call!(store)).rejects.toBeInstanceOf(Error);
      }
      await store.close();
    }
  });

  it('may answer with a promise of its own making', async () => {
    const inner = memoryDriver();
    const thenable = <T>(value: T) => ({
      // biome-ignore lint/suspicious/noThenProperty: this is what such libraries return.
      then: (resolve: (value: T) => void) => Promise.resolve(value).then(resolve),
    });
    const { synchronous: _, ...traits } = inner.traits;
    const driver = {
      ...spyDriver({ inner }),
      traits,
      get: (...args: Parameters<Driver['get']>) => thenable(inner.get(...args)),
      write: (...args: Parameters<Driver['write']>) => thenable(inner.write(...args)),
    } as unknown as Driver;
    const store = createStore({ driver });
    expect(await store.set('a', 1)).toBe(true);
    expect(await store.get('a')).toBe(1);
    expect((await store.increment('a')).value).toBe(2);
  });
});

describe('one item of a batch that fails', () => {
  it('fails its own callers, with their key, and nobody else', async () => {
    const inner = spyDriver();
    const wrong = new KvError('WRONG_TYPE', 'a list');
    const driver: Driver = {
      ...inner,
      async get(keys, call) {
        const entries = await inner.get(keys, call);
        return entries.map((entry, index) => (keys[index]!.endsWith('list') ? wrong : entry));
      },
    };
    const store = createStore({ driver }).namespace('n');
    await store.set('a', 1);
    const answers = await Promise.allSettled([
      store.get('a'),
      store.get('list'),
      store.getMany(['a', 'list']),
      store.update('list', () => ({ put: 1, result: 1 })),
      store.get('a'),
    ]);
    const reason = { code: 'WRONG_TYPE', key: 'list' };
    expect(answers).toMatchObject([{ value: 1 }, { reason }, { reason }, { reason }, { value: 1 }]);
  });

  it('shows in each increment of its key', async () => {
    const driver: Driver = {
      ...spyDriver({ has: ['increment'] }),
      increment: (items) =>
        items.map(({ key }) =>
          key === 'bad' ? new KvError('NOT_AN_INTEGER', 'text') : { value: 1, applied: true },
        ),
    };
    const store = createStore({ driver });
    const answers = await Promise.allSettled([store.increment('bad'), store.increment('good')]);
    const reason = { code: 'NOT_AN_INTEGER', key: 'bad' };
    expect(answers).toMatchObject([{ reason }, { value: { value: 1 } }]);
  });
});
