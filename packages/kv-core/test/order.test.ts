import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../tests/support/seeded-random.js';
import type { Driver } from '../src/driver.js';
import type { Hook } from '../src/hooks.js';
import { createStore, isKvError, type Store } from '../src/index.js';
import { memoryDriver } from '../src/memory.js';
import { createGate } from './support/gate.js';
import { spyDriver } from './support/spy-driver.js';
import { turns } from './support/turns.js';
import { xorHook } from './support/xor-hook.js';

/** One call of a program: on the store, and on the model that says what it must answer. */
interface Step {
  readonly name: string;
  /** Whether the program waits for the answer before it goes on. */
  readonly awaited: boolean;
  readonly call: (store: Store) => Promise<unknown>;
  readonly model: (state: Map<string, unknown>) => unknown;
}

const KEYS = ['a', 'b', 'c'];
const key = fc.constantFrom(...KEYS);
const value = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.constantFrom('x', 'y'));
const condition = fc.constantFrom('any', 'any', 'absent', 'present');

type Body = Omit<Step, 'awaited'>;

function put(state: Map<string, unknown>, at: string, what: unknown, unless = 'any'): boolean {
  if (unless === 'absent' && state.has(at)) return false;
  if (unless === 'present' && !state.has(at)) return false;
  state.set(at, what);
  return true;
}

const set = fc.tuple(key, value, condition).map(
  ([k, v, c]): Body => ({
    name: `set ${k} ${v} ${c}`,
    call: (store) => store.set(k, v, { if: c }),
    model: (state) => put(state, k, v, c),
  }),
);
const get = key.map(
  (k): Body => ({
    name: `get ${k}`,
    call: (store) => store.get(k),
    model: (state) => state.get(k),
  }),
);
const remove = key.map(
  (k): Body => ({
    name: `delete ${k}`,
    call: (store) => store.delete(k),
    model: (state) => state.delete(k),
  }),
);
const bound = fc.constantFrom(3, 100, undefined, undefined);
const increment = fc.tuple(key, fc.integer({ min: -3, max: 3 }), bound).map(
  ([k, by, max]): Body => ({
    name: `increment ${k} ${by} max ${max}`,
    call: (store) => store.increment(k, by, { max }),
    model(state) {
      const current = state.get(k) ?? 0;
      if (typeof current !== 'number') return 'NOT_AN_INTEGER';
      const applied = max === undefined || current + by <= max;
      if (applied) state.set(k, current + by);
      return { value: applied ? current + by : current, applied };
    },
  }),
);
const update = fc.tuple(key, fc.constantFrom('put', 'delete', 'keep', 'throw')).map(
  ([k, what]): Body => ({
    name: `update ${k} ${what}`,
    call: (store) =>
      store.update(k, (current) => {
        const result = current ?? 'none';
        if (what === 'put') return { put: `${current}!`.slice(-6), result };
        if (what === 'delete') return { delete: true, result };
        if (what === 'keep') return { keep: true, result };
        throw new Error('no');
      }),
    model(state) {
      const current = state.get(k);
      if (what === 'throw') return 'no';
      if (what === 'put') state.set(k, `${current}!`.slice(-6));
      if (what === 'delete') state.delete(k);
      return current ?? 'none';
    },
  }),
);
const setMany = fc.array(fc.tuple(key, value), { maxLength: 4 }).map(
  (pairs): Body => ({
    name: `setMany ${pairs.join(' ')}`,
    call: (store) => store.setMany(pairs),
    model: (state) => pairs.map(([k, v]) => put(state, k, v)),
  }),
);
const getMany = fc.array(key, { maxLength: 4 }).map(
  (keys): Body => ({
    name: `getMany ${keys}`,
    call: (store) => store.getMany(keys),
    model: (state) => keys.map((k) => state.get(k)),
  }),
);
const atomic = fc.tuple(value, condition, fc.constantFrom('absent', 'present')).map(
  ([v, c, check]): Body => ({
    name: `atomic a:=${v} if ${c}, -b, c ${check}`,
    call: (store) =>
      store.atomic({
        checks: [{ key: 'c', if: check }],
        writes: [
          { type: 'set', key: 'a', value: v, if: c },
          { type: 'delete', key: 'b' },
        ],
      }),
    model(state) {
      if (state.has('c') !== (check === 'present')) return false;
      if (!put(state, 'a', v, c)) return false;
      state.delete('b');
      return true;
    },
  }),
);

const program = fc.array(
  fc
    .tuple(
      fc.oneof(set, set, get, remove, increment, update, setMany, getMany, atomic),
      fc.boolean(),
    )
    .map(([body, awaited]): Step => ({ ...body, awaited })),
  { minLength: 2, maxLength: 25 },
);

async function settled(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    return isKvError(error) ? error.code : (error as Error).message;
  }
}

const drivers: Record<string, (random: () => number) => Driver> = {
  'a driver that answers at once': () => memoryDriver(),
  'compare-and-swap with delays': (random) => delayed(random, []),
  'native operations with delays': (random) => delayed(random, ['increment', 'mutate']),
  'a pipelined driver with delays': inOrder,
};

function delayed(random: () => number, has: ('increment' | 'mutate')[]): Driver {
  const wait = (): Promise<void> => turns(Math.floor(random() * 4));
  return spyDriver({ has, before: wait, after: wait });
}

/** Takes one call after the other, as a server does at the other end of a connection. */
function inOrder(random: () => number): Driver {
  let last: Promise<void> = Promise.resolve();
  const before = (): Promise<void> => {
    last = last.then(() => turns(Math.floor(random() * 4)));
    return last;
  };
  return spyDriver({ has: ['increment'], traits: { pipelined: true }, before });
}

const hooks: Record<string, (random: () => number) => Hook[]> = {
  'no hook': () => [],
  'an asynchronous value hook': (random) => [xorHook(7, () => turns(Math.floor(random() * 3)))],
};

describe('two calls on a key, issued one after the other, take effect in that order', () => {
  for (const [driverName, makeDriver] of Object.entries(drivers)) {
    for (const [hookName, makeHooks] of Object.entries(hooks)) {
      it(`random programs agree with a sequential model: ${driverName}, ${hookName}`, async () => {
        await fc.assert(
          fc.asyncProperty(program, fc.integer(), async (steps, seed) => {
            const random = createRandom(seed);
            const store = createStore({ driver: makeDriver(random), hooks: makeHooks(random) });
            const state = new Map<string, unknown>();
            const answers: Promise<unknown>[] = [];
            const expected: unknown[] = [];
            for (const { call, model, awaited } of steps) {
              const answer = settled(call(store));
              answers.push(answer);
              expected.push(model(state));
              if (awaited) await answer;
            }
            const names = steps.map(({ name }) => name);
            const seen = await Promise.all(answers);
            expect(seen.map((answer, at) => [names[at], answer])).toEqual(
              expected.map((answer, at) => [names[at], answer]),
            );
            expect(await store.getMany(KEYS)).toEqual(KEYS.map((k) => state.get(k)));
          }),
          { numRuns: 120 },
        );
      });
    }
  }

  it('a read waits for the write before it and not for the one after it', async () => {
    const gate = createGate();
    const driver = spyDriver({ before: () => gate.pass() });
    const store = createStore({ driver });
    const answers = Promise.all([
      store.get('a'),
      store.set('a', 1),
      store.get('a'),
      store.get('a'),
      store.set('a', 2),
      store.get('a'),
    ]);
    await turns(2);
    expect(driver.calls.map(({ method }) => method)).toEqual(['get']);
    gate.open();
    expect(await answers).toEqual([undefined, true, 1, 1, true, 2]);
  });

  it('a slow call on one key holds up no other key', async () => {
    const gate = createGate();
    const driver = spyDriver({
      before: ({ args }) => (JSON.stringify(args[0]).includes('slow') ? gate.pass() : undefined),
    });
    const store = createStore({ driver });
    const slow = store.set('slow', 1);
    await turns(1);
    const behind = store.increment('slow');
    expect(await store.set('fast', 2)).toBe(true);
    expect(await store.get('fast')).toBe(2);
    expect((await store.increment('fast')).value).toBe(3);
    gate.open();
    expect(await slow).toBe(true);
    expect((await behind).value).toBe(2);
  });

  it('reads of a key run beside each other', async () => {
    const gate = createGate();
    const driver = spyDriver({ before: () => gate.pass() });
    const store = createStore({ driver });
    const first = store.get('a');
    await turns(1);
    const second = store.get('a');
    await turns(1);
    expect(gate.waiting).toBe(2);
    gate.open();
    await Promise.all([first, second]);
  });

  it('a commit takes its turn on every key it names', async () => {
    const random = createRandom(11);
    const wait = (): Promise<void> => turns(Math.floor(random() * 5));
    const store = createStore({ driver: spyDriver({ before: wait, after: wait }) });
    const moves = Array.from({ length: 30 }, (_, n) => {
      void store.set('a', n);
      void store.set('b', n);
      const moved = store.atomic({
        writes: [
          { type: 'set', key: 'b', value: 0 - n },
          { type: 'set', key: 'a', value: 0 - n },
        ],
      });
      return [moved, store.get('a'), store.get('b')] as const;
    });
    for (const [n, [moved, a, b]] of moves.entries()) {
      expect([await moved, await a, await b]).toEqual([true, 0 - n, 0 - n]);
    }
  });

  it('a key whose calls were all refused at once is free, and in order, afterwards', async () => {
    // Three puts that are refused without asking the driver, one by one since they have conditions.
    const gate = createGate();
    const driver = spyDriver({ traits: { maxValueBytes: 10 }, before: () => gate.pass() });
    const store = createStore({ driver });
    const big = 'x'.repeat(50);
    const later: Promise<unknown>[] = [];
    for (const value of ['1', '2', '3']) {
      // The next call is made in the very moment of the refusal.
      store.set('a', big, { if: 'absent' }).then(undefined, () => {
        later.push(store.set('a', value));
      });
    }
    await turns(1);
    later.push(store.set('a', '4'), store.get('a'));
    await turns(1);
    expect(gate.waiting).toBe(1);
    gate.open();
    expect((await Promise.all(later)).at(-1)).toBe('4');
  });
});
