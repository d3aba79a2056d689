import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../../../tests/support/seeded-random.js';
import { spyDriver } from '../../../test/support/spy-driver.js';
import { turns } from '../../../test/support/turns.js';
import { memoryDriver } from '../../memory.js';
import type { Increment } from '../driver/driver.js';
import { isKvError } from '../errors/kv-error.js';
import { createStore } from '../store/create-store.js';
import { createManualClock } from '../testing/manual-clock.js';
import { incrementStep, parseInteger } from './increments.js';

const MOST = Number.MAX_SAFE_INTEGER;
const LEAST = Number.MIN_SAFE_INTEGER;

/** Amounts and bounds in the small, where bounds are met often, and at the ends of the safe integers. */
const edge = fc.oneof(
  fc.integer({ min: -4, max: 4 }),
  fc.integer({ min: 0, max: 4 }).map((distance) => MOST - distance),
  fc.integer({ min: 0, max: 4 }).map((distance) => LEAST + distance),
);
const small = fc.integer({ min: -3, max: 3 });
const group = fc.record({
  bys: fc.array(fc.oneof({ weight: 3, arbitrary: small }, edge), { minLength: 1, maxLength: 8 }),
  min: fc.oneof(small, fc.constant(LEAST), edge),
  max: fc.oneof(small, fc.constant(MOST), edge),
  ttlMs: fc.option(fc.constantFrom(1_000, 5_000), { nil: undefined }),
});
const start = fc.option(edge, { nil: undefined });

/** The counter as one number, exact by BigInt. */
function add(state: { value: bigint | undefined }, by: number, min: number, max: number) {
  const current = state.value ?? 0n;
  const next = current + BigInt(by);
  if (next < BigInt(min) || next > BigInt(max)) return { value: Number(current), applied: false };
  state.value = next;
  return { value: Number(next), applied: true };
}

const routes = { native: ['increment'], local: ['mutate'], portable: [] } as const;

describe('increments that meet in one tick', () => {
  for (const [route, has] of Object.entries(routes)) {
    it(`each have the answer they would have had one after the other: ${route}`, async () => {
      await fc.assert(
        fc.asyncProperty(start, fc.array(group, { maxLength: 4 }), async (first, groups) => {
          const clock = createManualClock();
          const inner = memoryDriver({ clock });
          const store = createStore({ driver: spyDriver({ inner, has }), clock });
          const state: { value: bigint | undefined } = { value: undefined };
          let ttl: number | undefined = Number.POSITIVE_INFINITY;
          if (first !== undefined) {
            state.value = BigInt(first);
            await store.set('n', first);
          }
          const expected: unknown[] = [];
          const answers: Promise<unknown>[] = [];
          for (const { bys, min, max, ttlMs } of groups) {
            for (const by of bys) {
              const absent = state.value === undefined;
              answers.push(store.increment('n', by, { min, max, ttlMs }));
              expected.push(add(state, by, min, max));
              if (absent && state.value !== undefined) ttl = ttlMs ?? Number.POSITIVE_INFINITY;
            }
          }
          expect(await Promise.all(answers)).toEqual(expected);
          const value = state.value === undefined ? undefined : Number(state.value);
          expect(await store.get('n')).toBe(value);
          expect(await store.ttl('n')).toBe(value === undefined ? undefined : ttl);
        }),
        { numRuns: 300 },
      );
    });
  }

  for (const [route, has] of Object.entries(routes)) {
    it(`agree with those of other processes at the bounds: ${route}`, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.integer(),
          fc.integer({ min: -2, max: 2 }),
          fc.integer({ min: 0, max: 6 }),
          async (seed, min, width) => {
            const random = createRandom(seed);
            const wait = (): Promise<void> => turns(Math.floor(random() * 3));
            const options = { inner: memoryDriver(), has, before: wait, after: wait };
            const clients = [1, 2, 3].map(() => createStore({ driver: spyDriver(options) }));
            const max = min + width;
            let sum = 0;
            const rounds = clients.map(async (store) => {
              for (let round = 0; round < 4; round += 1) {
                const bys = Array.from({ length: 5 }, () => Math.floor(random() * 7) - 3);
                const answers = await Promise.all(
                  bys.map((by) => store.increment('n', by, { min, max })),
                );
                for (const [index, { value, applied }] of answers.entries()) {
                  if (applied) {
                    sum += bys[index]!;
                    expect(value).toBeGreaterThanOrEqual(min);
                    expect(value).toBeLessThanOrEqual(max);
                  }
                }
              }
            });
            await Promise.all(rounds);
            expect((await clients[0]!.get<number>('n')) ?? 0).toBe(sum);
          },
        ),
        { numRuns: 40 },
      );
    });
  }

  it('make one call, even at a bound that refuses some of them: two', async () => {
    const driver = spyDriver({ has: ['increment'] });
    const store = createStore({ driver });
    const answers = await Promise.all(
      [1, 2, 3, 4].map((by) => store.increment('n', by, { max: 6 })),
    );
    expect(answers).toEqual([
      { value: 1, applied: true },
      { value: 3, applied: true },
      { value: 6, applied: true },
      { value: 6, applied: false },
    ]);
    expect(driver.calls).toHaveLength(2);
    const denied = await Promise.all([1, 1].map((by) => store.increment('n', by, { max: 6 })));
    expect(denied.map(({ applied }) => applied)).toEqual([false, false]);
    expect(driver.calls).toHaveLength(3);
  });

  it('create nothing when all of them are refused', async () => {
    for (const has of Object.values(routes)) {
      const store = createStore({ driver: spyDriver({ has }) });
      const answers = await Promise.all(
        [3, 3, -3].map((by) => store.increment('n', by, { min: -2, max: 2 })),
      );
      expect(answers).toEqual(Array(3).fill({ value: 0, applied: false }));
      expect(await store.has('n')).toBe(false);
    }
  });

  it('give up when others change the counter at its bound again and again', async () => {
    const inner = memoryDriver();
    let value = 0;
    const driver = {
      ...spyDriver({ inner }),
      increment: (items: readonly Increment[]) => {
        value = value === 4 ? 3 : 4;
        return items.map(() => ({ value, applied: false }));
      },
    };
    const store = createStore({ driver });
    const answers = [store.increment('n', 1, { max: 5 }), store.increment('n', 1, { max: 5 })];
    for (const answer of answers) {
      await expect(answer).rejects.toMatchObject({ code: 'CONTENTION', outcome: 'none', key: 'n' });
    }
  });

  it('all learn of a failure, and of its outcome', async () => {
    const lost = () => {
      throw new Error('reset');
    };
    const store = createStore({ driver: spyDriver({ has: ['increment'], after: lost }) });
    const answers = await Promise.allSettled([store.increment('n'), store.increment('n')]);
    for (const answer of answers) {
      expect(answer).toMatchObject({ reason: { code: 'INVALID_DRIVER', outcome: 'unknown' } });
    }
  });
});

describe('a counter', () => {
  it('that is no integer stays as it is', async () => {
    for (const has of Object.values(routes)) {
      const store = createStore({ driver: spyDriver({ has }) });
      for (const value of ['text', 1.5, 1e21, null, true, [1], '5']) {
        await store.set('n', value);
        const answers = await Promise.allSettled([store.increment('n'), store.increment('n', 2)]);
        for (const answer of answers) {
          expect(answer).toMatchObject({ reason: { code: 'NOT_AN_INTEGER', key: 'n' } });
        }
        expect(await store.get('n')).toEqual(value);
      }
    }
  });

  it('refuses to leave the safe integers, says so without bounds of its own', async () => {
    for (const has of Object.values(routes)) {
      const store = createStore({ driver: spyDriver({ has }) });
      await store.set('n', MOST - 1);
      expect(await store.increment('n')).toEqual({ value: MOST, applied: true });
      await expect(store.increment('n')).rejects.toMatchObject({ code: 'OUT_OF_RANGE', key: 'n' });
      expect(await store.increment('n', 1, { max: MOST })).toEqual({ value: MOST, applied: false });
      expect(await store.get('n')).toBe(MOST);
    }
  });

  it('is decimal text as a server reads it', () => {
    const read = (text: string): unknown => {
      try {
        return parseInteger(new TextEncoder().encode(text));
      } catch (error) {
        return isKvError(error) ? error.code : error;
      }
    };
    expect(['0', '7', '-7', '9007199254740991', '-9007199254740991'].map(read)).toEqual([
      0,
      7,
      -7,
      MOST,
      LEAST,
    ]);
    const bad = ['', ' 1', '1 ', '+1', '-0', '01', '1.0', '1e3', '0x1', 'NaN', '\ufeff1', '١'];
    expect(new Set(bad.map(read))).toEqual(new Set(['NOT_AN_INTEGER']));
    expect(['9007199254740992', '-9007199254740992', '9223372036854775807'].map(read)).toEqual(
      Array(3).fill('OUT_OF_RANGE'),
    );
    expect(() => parseInteger(Uint8Array.of(0xff, 0x31))).toThrow('not a decimal integer');
  });

  it('has a step that says what it stores', () => {
    const step = incrementStep({ key: 'n', by: 2, min: 0, max: 3, ttlOnCreate: 50 });
    const created = step({ value: undefined, ttlMs: undefined });
    expect(created).toMatchObject({ type: 'put', ttl: 50, result: { value: 2, applied: true } });
    const value = (created as { value: Uint8Array }).value;
    expect(new TextDecoder().decode(value)).toBe('2');
    expect(step({ value, ttlMs: undefined })).toEqual({
      type: 'keep',
      result: { value: 2, applied: false },
    });
  });
});
