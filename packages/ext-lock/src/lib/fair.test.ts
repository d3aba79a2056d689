import { describe, expect, it } from 'vitest';
import { createWorld, stateOf } from '../../../../tests/support/world.js';
import { createLock, type Lease } from '../index.js';

const FAIR = { fair: true, ttlMs: 2_000 } as const;

describe('a fair lock', () => {
  it('serves the waiters of all processes in the order in which they came', async () => {
    const { process, clock } = createWorld();
    const locks = [process(), process(), process()].map((store) => createLock(store, 'a', FAIR));
    const order: number[] = [];
    const leases: Lease[] = [];
    const waits: Promise<void>[] = [];
    const first = await locks[0]!.acquire();
    for (let caller = 0; caller < 12; caller += 1) {
      const wait = locks[(caller * 7) % 3]!.acquire().then(async (lease) => {
        order.push(caller);
        leases.push(lease);
        await lease.release();
      });
      waits.push(wait);
      await expect
        .poll(() => locks[0]!.inspect())
        .toMatchObject({ held: true, waiting: caller + 1 });
    }
    await first.release();
    await clock.advance(2_000);
    await Promise.all(waits);
    expect(order).toEqual([...Array(12).keys()]);
    const fences = leases.map(({ fence }) => fence);
    expect(fences).toEqual([...fences].sort((a, b) => a - b));
    expect(await locks[1]!.inspect()).toMatchObject({ held: false, waiting: 0 });
  });

  it('does not let anybody in before those who wait', async () => {
    const { process, clock } = createWorld();
    const one = createLock(process(), 'a', FAIR);
    const other = createLock(process(), 'a', { ...FAIR, pollMs: { min: 1_000, max: 1_000 } });
    const first = await one.acquire();
    const waiting = other.acquire();
    await clock.advance(1);
    await first.release();
    expect(await one.tryAcquire()).toBeUndefined();
    const later = one.acquire();
    await clock.advance(1_000);
    await (await waiting).release();
    await clock.advance(100);
    expect((await later).held).toBe(true);
  });

  it('forgets a waiter that died, after its time', async () => {
    const { process, clock } = createWorld();
    const options = { ...FAIR, waiterTtlMs: 3_000 };
    const first = await createLock(process(), 'a', options).acquire();
    const stopped = { ...clock, setTimer: () => () => undefined };
    const dead = createLock(process(), 'a', { ...options, clock: stopped }).acquire();
    await clock.advance(1);
    const waiting = createLock(process(), 'a', options).acquire();
    await clock.advance(10);
    await first.release();
    await clock.advance(2_000);
    expect(await stateOf(waiting)).toBe('pending');
    await clock.advance(1_200);
    expect((await waiting).held).toBe(true);
    expect(await stateOf(dead)).toBe('pending');
  });

  it('keeps the place of a waiter that lives, however long it takes', async () => {
    const { process, clock } = createWorld();
    const options = { ...FAIR, waiterTtlMs: 500 };
    const first = await createLock(process(), 'a', options).acquire();
    const order: string[] = [];
    const push = (name: string) => async (lease: Lease) => {
      order.push(name);
      await lease.release();
    };
    const second = createLock(process(), 'a', options).acquire().then(push('second'));
    await clock.advance(5_000);
    const third = createLock(process(), 'a', options).acquire().then(push('third'));
    await clock.advance(5_000);
    await first.release();
    await clock.advance(1_000);
    await Promise.all([second, third]);
    expect(order).toEqual(['second', 'third']);
  });

  it('frees the place of a waiter that gives up at once', async () => {
    const { process, clock } = createWorld();
    const first = await createLock(process(), 'a', FAIR).acquire();
    const quitter = createLock(process(), 'a', FAIR);
    const quits = new AbortController();
    const alone = quitter.acquire({ signal: quits.signal });
    const timed = quitter.acquire({ waitMs: 50 });
    await clock.advance(10);
    const patient = createLock(process(), 'a', FAIR).acquire();
    await clock.advance(10);
    expect(await quitter.inspect()).toMatchObject({ waiting: 3 });
    quits.abort();
    await expect(alone).rejects.toMatchObject({ code: 'ABORTED' });
    const told = expect(timed).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });
    await clock.advance(60);
    await told;
    expect(await quitter.inspect()).toMatchObject({ waiting: 1 });
    await first.release();
    await clock.advance(60);
    expect((await patient).held).toBe(true);
  });

  it('takes over in turn when the holder dies', async () => {
    const { process, clock } = createWorld();
    await createLock(process(), 'a', { ...FAIR, autoExtend: false }).acquire();
    const next = createLock(process(), 'a', FAIR).acquire();
    await clock.advance(1_900);
    expect(await stateOf(next)).toBe('pending');
    await clock.advance(170);
    expect((await next).held).toBe(true);
  });

  it('settles a place in the queue and a turn whose replies were lost', async () => {
    const { process, clock, driver } = createWorld();
    const first = await createLock(process(), 'a', FAIR).acquire();
    driver.fault = 'reply';
    const next = createLock(process(), 'a', FAIR).acquire();
    await clock.advance(20);
    expect(await createLock(process(), 'a').inspect()).toMatchObject({ waiting: 1 });
    await first.release();
    driver.fault = 'reply';
    await clock.advance(200);
    await expect.poll(() => stateOf(next)).toBe('done');
    expect(await createLock(process(), 'a').inspect()).toMatchObject({ waiting: 0, held: true });
  });
});
