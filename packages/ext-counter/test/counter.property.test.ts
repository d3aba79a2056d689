import { createStore, isKvError } from '@grovekv/kv-core';
import { memoryDriver } from '@grovekv/kv-core/memory';
import { createManualClock, portable } from '@grovekv/kv-core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lossyDriver } from '../../../tests/support/lossy-driver.js';
import { createCounter } from '../src/index.js';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
console.log(`counter properties: SEED=${seed}`);

const MAX = Number.MAX_SAFE_INTEGER;
const amount = fc.oneof(fc.integer({ min: -9, max: 9 }), fc.constantFrom(MAX, -MAX, MAX - 3));
const bound = fc.option(fc.integer({ min: -20, max: 20 }), { nil: undefined });

const command = fc.oneof(
  fc.record({ type: fc.constant('add' as const), by: amount, min: bound, max: bound }),
  fc.record({ type: fc.constant('set' as const), value: amount }),
  fc.record({ type: fc.constant('reset' as const) }),
  fc.record({ type: fc.constant('cas' as const), expected: amount, next: amount }),
  fc.record({ type: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 700 }) }),
);
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

const TTL = 1000;

/** What a counter is meant to be, written as plainly as can be. */
class Model {
  value: number | undefined;
  expires = Number.POSITIVE_INFINITY;
  now = 0;
  constructor(readonly ttl: 'none' | 'create' | 'sliding') {}

  run(step: Command): unknown {
    if (this.now >= this.expires) this.value = undefined;
    const current = this.value ?? 0;
    switch (step.type) {
      case 'add': {
        const { by, min, max } = step;
        if (min !== undefined && max !== undefined && min > max) return 'INVALID_ARGUMENT';
        const next = current + by;
        if (max !== undefined && next > max) return { value: current, applied: false };
        if (min !== undefined && next < min) return { value: current, applied: false };
        if (!Number.isSafeInteger(next)) return 'OUT_OF_RANGE';
        this.put(next, this.ttl === 'sliding');
        return { value: next, applied: true };
      }
      case 'set':
        this.put(step.value, true);
        return undefined;
      case 'reset':
        this.value = undefined;
        return current;
      case 'cas':
        if (current !== step.expected) return { value: current, applied: false };
        this.put(step.next, this.ttl === 'sliding');
        return { value: step.next, applied: true };
      case 'wait':
        this.now += step.ms;
        return undefined;
    }
  }

  put(value: number, anew: boolean): void {
    if (this.value === undefined || anew) {
      this.expires = this.ttl === 'none' ? Number.POSITIVE_INFINITY : this.now + TTL;
    }
    this.value = value;
  }
}

const ttls = {
  none: {},
  create: { ttlMs: TTL },
  sliding: { ttlMs: TTL, ttl: 'sliding' },
} as const;
const runs = (['none', 'create', 'sliding'] as const).flatMap((ttl) =>
  (['local', 'portable'] as const).flatMap((driver) =>
    [false, true].map((exactRetries) => ({ ttl, driver, exactRetries })),
  ),
);

describe.each(runs)('$ttl ttl, $driver driver, exactRetries $exactRetries', (run) => {
  it('does what the model does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 30 }), async (steps) => {
        const clock = createManualClock();
        const memory = memoryDriver({ clock });
        const driver = run.driver === 'local' ? memory : { ...portable(memory), clock };
        const store = createStore({ driver, clock });
        const options = { ...ttls[run.ttl], exactRetries: run.exactRetries };
        const counter = createCounter(store, 'model', options);
        const model = new Model(run.ttl);
        for (const step of steps) {
          const expected = model.run(step);
          if (step.type === 'wait') {
            await clock.advance(step.ms);
            continue;
          }
          const call = {
            add: () => step.type === 'add' && counter.add(step.by, step),
            set: () => step.type === 'set' && counter.set(step.value),
            reset: () => counter.reset(),
            cas: () => step.type === 'cas' && counter.compareAndSet(step.expected, step.next),
          }[step.type];
          const actual = await Promise.resolve(call()).catch((error: unknown) =>
            isKvError(error) ? error.code : error,
          );
          expect(actual).toEqual(expected);
          const stored = model.now >= model.expires ? undefined : model.value;
          expect(await counter.get()).toBe(stored ?? 0);
        }
      }),
      { seed, numRuns: 60 },
    );
  });
});

describe('with lost replies and requests', () => {
  it('an addition named once counts once, whatever gets lost and however often it is tried', async () => {
    const attempt = fc.record({
      opId: fc.integer({ min: 0, max: 7 }),
      fault: fc.constantFrom('none', 'reply', 'request'),
      client: fc.integer({ min: 0, max: 2 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(attempt, { minLength: 1, maxLength: 25 }), async (attempts) => {
        const driver = lossyDriver();
        const counters = [0, 1, 2].map(() =>
          createCounter(createStore({ driver }), 'c', { exactRetries: true }),
        );
        const done = new Map<number, unknown>();
        for (const { opId, fault, client } of attempts) {
          if (fault === 'reply') driver.loseReply();
          if (fault === 'request') driver.loseRequest();
          const result = await counters[client]!.add(2 ** opId, { opId: `op-${opId}` });
          if (done.has(opId)) expect(result).toEqual(done.get(opId));
          done.set(opId, result);
        }
        const sum = [...done.keys()].reduce((total, opId) => total + 2 ** opId, 0);
        expect(await counters[0]!.get()).toBe(sum);
      }),
      { seed, numRuns: 150 },
    );
  });

  it('without names the value lies between what was acknowledged and that plus what is in doubt', async () => {
    const faults = fc.array(fc.constantFrom('none', 'none', 'reply', 'request'), { maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(faults, async (program) => {
        const driver = lossyDriver();
        const counter = createCounter(createStore({ driver }), 'c');
        let acknowledged = 0;
        let inDoubt = 0;
        for (const fault of program) {
          if (fault === 'reply') driver.loseReply();
          if (fault === 'request') driver.loseRequest();
          await counter.add().then(
            () => (acknowledged += 1),
            (error: unknown) => {
              expect(error).toMatchObject({ outcome: 'unknown' });
              inDoubt += 1;
            },
          );
        }
        const value = await counter.get();
        expect(value).toBeGreaterThanOrEqual(acknowledged);
        expect(value).toBeLessThanOrEqual(acknowledged + inDoubt);
        expect(value - acknowledged).toBe(program.filter((fault) => fault === 'reply').length);
      }),
      { seed, numRuns: 100 },
    );
  });
});
