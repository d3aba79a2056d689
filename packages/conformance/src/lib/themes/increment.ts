import type { Store } from '@grovekv/kv-core';
import { isKvError } from '@grovekv/kv-core';
import { equal, ok, rejects } from '../assert/assert.js';
import { add, put, read, readText } from '../suite/probe.js';
import type { TestContext } from '../suite/test-context.js';
import type { Theme } from '../suite/theme.js';

const { MAX_SAFE_INTEGER: MAX, MIN_SAFE_INTEGER: MIN } = Number;
const NOT_COUNTERS = [
  'abc',
  '',
  '1.5',
  ' 1',
  '1 ',
  '007',
  '-007',
  '+1',
  '-0',
  '1e3',
  '0x10',
  '-',
  '١',
];
const TOO_LARGE = ['9007199254740993', '-9007199254740993', '9223372036854775807', '9'.repeat(30)];

/** One random call, replayable on any store. */
interface Call {
  readonly text: string;
  run(store: Store, key: string): Promise<unknown>;
}

function randomCall({ random }: TestContext): Call {
  const by = random.pick([0, 1, -1, random.int(-50, 50), random.int(-50, 50), MAX, MIN, MAX - 3]);
  const options = {
    ...(random.chance(0.5) && { min: random.pick([0, -10, -100, MIN]) }),
    ...(random.chance(0.5) && { max: random.pick([0, 10, 100, MAX]) }),
    ...(random.chance(0.3) && { ttlMs: 600_000 }),
  };
  const kind = random.int(0, 11);
  if (kind === 0) return { text: 'delete', run: (store, key) => store.delete(key) };
  if (kind === 1) return { text: 'get', run: (store, key) => store.get(key) };
  if (kind === 2) {
    const value = random.pick([0, 7, -7, MAX, MIN, MAX - 1]);
    return { text: `set ${value}`, run: (store, key) => store.set(key, value) };
  }
  return {
    text: `increment by ${by} ${JSON.stringify(options)}`,
    run: (store, key) => store.increment(key, by, options),
  };
}

async function outcome(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    return isKvError(error) ? error.code : error;
  }
}

export const increment: Theme = {
  name: 'increment',
  tests: [
    {
      name: 'adds, and an absent key counts as 0',
      async run({ store, key }) {
        const s = store();
        equal(await s.increment(key()), { value: 1, applied: true }, 'the first');
        equal(await s.increment(key(), 41), { value: 42, applied: true }, 'by 41');
        equal(await s.increment(key(), -50), { value: -8, applied: true }, 'by -50');
        equal(await s.increment(key(), 8), { value: 0, applied: true }, 'to 0');
        equal(await s.get(key()), 0, 'read');
        await s.set(key('set'), 10);
        equal(await s.increment(key('set')), { value: 11, applied: true }, 'a number that was set');
      },
    },
    {
      name: 'a counter is decimal text',
      needs: ['plain store'],
      async run({ driver, store, key }) {
        for (const [start, by, end] of [
          [undefined, 1, '1'],
          ['9', 1, '10'],
          ['10', -1, '9'],
          ['1', -2, '-1'],
          ['100', -99, '1'],
          ['-1', 1, '0'],
          [undefined, 0, '0'],
          [String(MAX - 1), 1, String(MAX)],
          [String(MIN + 1), -1, String(MIN)],
        ] as const) {
          const k = key(`${start}${by}`);
          if (start !== undefined) await put(driver, k, start);
          const result = await store().increment(k, by);
          equal(result, { value: Number(end), applied: true }, `${start} + ${by}`);
          equal(await readText(driver, k), end, `stored after ${start} + ${by}`);
        }
      },
    },
    {
      name: 'bounds: an unmet one changes nothing and tells the value',
      async run({ store, key }) {
        const s = store();
        const k = key();
        equal(await s.increment(k, 5, { max: 4 }), { value: 0, applied: false }, 'on nothing');
        equal(await s.has(k), false, 'nothing was created');
        equal(await s.increment(k, 4, { max: 4 }), { value: 4, applied: true }, 'up to max');
        equal(await s.increment(k, 1, { max: 4 }), { value: 4, applied: false }, 'over max');
        equal(await s.increment(k, -5, { min: 0 }), { value: 4, applied: false }, 'under min');
        equal(await s.increment(k, -4, { min: 0 }), { value: 0, applied: true }, 'down to min');
        equal(await s.increment(k, 1, { min: 2 }), { value: 0, applied: false }, 'still under min');
        equal(await s.get(k), 0, 'in the end');
      },
    },
    {
      name: 'the driver’s own bounds, ttl and answers',
      needs: ['increment'],
      async run(context) {
        const { driver, key } = context;
        const k = key();
        equal(await add(driver, k, 7, { max: 6 }), { value: 0, applied: false }, 'on nothing');
        equal(await read(driver, k), undefined, 'nothing was created');
        equal(await add(driver, k, 0, { min: 1, max: 0 }), { value: 0, applied: false }, 'a probe');
        equal(await read(driver, k), undefined, 'the probe created nothing');
        equal(
          await add(driver, k, 7, { ttlOnCreate: 60_000 }),
          { value: 7, applied: true },
          'create',
        );
        const left = (await read(driver, k, true))?.ttlMs;
        ok(left !== undefined && left <= 60_000 + context.traits.ttlResolutionMs, 'it has a ttl');
        await add(driver, k, 1, { ttlOnCreate: 600_000 });
        const later = (await read(driver, k, true))?.ttlMs;
        ok(later !== undefined && later <= left, 'the ttl is given on creation only');
        equal(await add(driver, k, 1, { max: 8 }), { value: 8, applied: false }, 'over max');
        equal(await add(driver, k, 0, { min: 1, max: 0 }), { value: 8, applied: false }, 'a probe');
        equal(await readText(driver, k), '8', 'stored');
        equal(await add(driver, key('no ttl'), 1), { value: 1, applied: true }, 'without a ttl');
        equal((await read(driver, key('no ttl'), true))?.ttlMs, undefined, 'no ttl');
      },
    },
    {
      name: 'several increments in one call stand alone, results in order',
      needs: ['increment'],
      async run({ driver, key, call }) {
        await put(driver, key('text'), 'abc');
        await put(driver, key('ten'), '10');
        const all = { min: MIN, max: MAX };
        const answers = await driver.increment?.(
          [
            { key: key('ten'), by: 1, ...all },
            { key: key('text'), by: 1, ...all },
            { key: key('new'), by: -3, ...all },
            { key: key('bound'), by: 1, min: 5, max: 6 },
          ],
          call,
        );
        equal(answers?.[0], { value: 11, applied: true }, 'the first');
        ok(isKvError(answers?.[1], 'NOT_AN_INTEGER'), 'the second fails in its place');
        equal(answers?.[2], { value: -3, applied: true }, 'the third');
        equal(answers?.[3], { value: 0, applied: false }, 'the fourth');
        equal(await readText(driver, key('text')), 'abc', 'the text');
      },
    },
    {
      name: 'what is no counter is refused and stays',
      needs: ['plain store'],
      async run({ driver, store, portableStore, key }) {
        for (const [way, s] of [
          ['native', store()],
          ['portable', portableStore()],
        ] as const) {
          for (const foreign of [...NOT_COUNTERS, ...TOO_LARGE]) {
            await put(driver, key(), foreign);
            const codes = TOO_LARGE.includes(foreign)
              ? (['NOT_AN_INTEGER', 'OUT_OF_RANGE'] as const)
              : (['NOT_AN_INTEGER'] as const);
            const what = `${way} increment of ${JSON.stringify(foreign)}`;
            const error = await rejects(() => s.increment(key()), codes, what);
            equal(error.outcome, 'none', `${what}: outcome`);
            await rejects(() => s.increment(key(), -1, { min: 0, max: 5 }), codes, what);
            equal(await readText(driver, key()), foreign, `stored after ${what}`);
          }
        }
      },
    },
    {
      name: 'a result beyond the safe integers is refused',
      async run({ store, portableStore, key }) {
        for (const s of [store(), portableStore()]) {
          for (const [start, by] of [
            [MAX, 1],
            [MIN, -1],
            [MAX, MAX],
            [MIN, MIN],
          ] as const) {
            await s.set(key(), start);
            await rejects(() => s.increment(key(), by), 'OUT_OF_RANGE', `${start} + ${by}`);
            equal(await s.get(key()), start, 'the value stays');
            const bounded = await s.increment(key(), by, { min: MIN, max: MAX });
            equal(bounded, { value: start, applied: false }, 'with bounds it is not applied');
          }
        }
      },
    },
    {
      name: 'bad amounts and bounds are refused and change nothing',
      async run({ store, key }) {
        const s = store();
        await s.set(key(), 1);
        for (const by of [Number.NaN, 0.5, '1', null, 2 ** 53, Number.POSITIVE_INFINITY, 1n, {}]) {
          const call = () => s.increment(key(), by as number);
          await rejects(call, 'INVALID_ARGUMENT', `by ${String(by)}`);
        }
        for (const bad of [Number.NaN, 0.5, '1', 2 ** 53] as number[]) {
          await rejects(
            () => s.increment(key(), 1, { min: bad }),
            'INVALID_ARGUMENT',
            `min ${bad}`,
          );
          await rejects(
            () => s.increment(key(), 1, { max: bad }),
            'INVALID_ARGUMENT',
            `max ${bad}`,
          );
        }
        for (const ttlMs of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '1'] as number[]) {
          await rejects(() => s.increment(key(), 1, { ttlMs }), 'INVALID_ARGUMENT', `ttl ${ttlMs}`);
        }
        equal(await s.get(key()), 1, 'the value');
      },
    },
    {
      name: 'the native form equals the portable form: results and stored bytes',
      async run(context) {
        const { driver, key, store, portableStore } = context;
        const [native, portable] = [store(), portableStore()];
        const [n, p] = [key('native'), key('portable')];
        const plain = (context.options.hooks?.length ?? 0) === 0;
        for (let step = 0; step < 200; step += 1) {
          const call = randomCall(context);
          const what = `step ${step}: ${call.text}`;
          const [a, b] = await Promise.all([
            outcome(call.run(native, n)),
            outcome(call.run(portable, p)),
          ]);
          equal(a, b, what);
          const [x, y] = await Promise.all([read(driver, n, true), read(driver, p, true)]);
          if (plain) equal(x?.value, y?.value, `stored after ${what}`);
          equal(x?.ttlMs === undefined, y?.ttlMs === undefined, `expires after ${what}`);
        }
      },
    },
    {
      name: 'increments issued together give each its own running value',
      async run(context) {
        const { key, random, store, portableStore } = context;
        for (const [way, s] of [
          ['native', store()],
          ['portable', portableStore()],
        ] as const) {
          let value = 0;
          for (let round = 0; round < 12; round += 1) {
            const bounds = random.chance(0.5) ? { min: -20, max: 20 } : {};
            const amounts = Array.from({ length: 15 }, () => random.int(-9, 9));
            const answers = await Promise.all(
              amounts.map((by) => s.increment(key(way), by, bounds)),
            );
            for (const [index, by] of amounts.entries()) {
              const next = value + by;
              const applied = bounds.max === undefined || (next >= -20 && next <= 20);
              if (applied) value = next;
              equal(answers[index], { value, applied }, `${way}, round ${round}, call ${index}`);
            }
          }
          equal(await s.get(key(way)), value, `${way}, in the end`);
        }
      },
    },
  ],
};
