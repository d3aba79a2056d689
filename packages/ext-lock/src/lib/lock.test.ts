import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createWorld, settled, stateOf } from '../../../../tests/support/world.js';
import { createLock, LockLostError, LockTimeoutError } from '../index.js';

describe('createLock', () => {
  it('is held by one at a time, with fences that rise', async () => {
    const { process } = createWorld();
    const one = createLock(process(), 'a');
    const other = createLock(process(), 'a');

    const first = await one.acquire();
    expect(await other.tryAcquire()).toBeUndefined();
    expect(await one.tryAcquire()).toBeUndefined();
    expect(await first.release()).toBe(true);
    const second = await other.tryAcquire();
    expect(second?.fence).toBeGreaterThan(first.fence);
    expect(Number.isSafeInteger(second?.fence)).toBe(true);
  });

  it('needs one update to acquire and one to release', async () => {
    const { process, driver } = createWorld();
    const lock = createLock(process(), 'a');
    await (await lock.acquire()).release();
    const { applied, calls } = driver;
    await (await lock.acquire()).release();
    expect(driver.applied - applied).toBe(2);
    expect(driver.calls - calls).toBe(2);
  });

  it('waits until the other process releases', async () => {
    const { process, clock } = createWorld();
    const first = await createLock(process(), 'a').acquire();
    const waiting = createLock(process(), 'a').acquire();
    await clock.advance(200);
    expect(await stateOf(waiting)).toBe('pending');
    await first.release();
    await clock.advance(60);
    expect((await waiting).fence).toBeGreaterThan(first.fence);
  });

  it('keeps fences rising over release, expiry, eviction of the record and a clock set back', async () => {
    const { process, clock } = createWorld();
    const options = { ttlMs: 1_000, tombstoneMs: 5_000, autoExtend: false };
    const fences: number[] = [];
    const take = async (): Promise<void> => {
      const lease = await createLock(process(), 'a', options).acquire();
      fences.push(lease.fence);
    };
    await take();
    await clock.advance(1_100);
    await take();
    const lock = createLock(process(), 'a', options);
    await clock.advance(1_100);
    const third = await lock.acquire();
    fences.push(third.fence);
    await third.release();
    await clock.advance(10_000);
    expect(await lock.inspect()).toMatchObject({ held: false, fence: 0 });
    await take();
    clock.jump(-4_000);
    await clock.advance(5_100);
    await take();
    expect(fences).toEqual([...new Set(fences)].sort((a, b) => a - b));
  });

  it('does not reuse a fence when a holder dies with some set aside', async () => {
    const { process, clock } = createWorld();
    const options = { ttlMs: 1_000, autoExtend: false, handoffs: 2 };
    const lock = createLock(process(), 'a', options);
    const [firstOne, secondOne] = [lock.acquire(), lock.acquire()];
    const first = await firstOne;
    await first.release();
    const second = await secondOne;
    await clock.advance(1_100);
    const next = await createLock(process(), 'a', options).tryAcquire();
    expect(second.fence).toBe(first.fence + 1);
    expect(next!.fence).toBeGreaterThan(second.fence + 1);
  });

  it('refuses bad names and options at once', () => {
    const { process } = createWorld();
    const store = process();
    for (const name of ['', '\ud800', 1, undefined]) {
      expect(() => createLock(store, name as string)).toThrowError(
        expect.objectContaining({ code: 'INVALID_KEY' }),
      );
    }
    const bad = [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '5' as never];
    for (const ms of bad) {
      for (const option of ['ttlMs', 'tombstoneMs', 'waiterTtlMs']) {
        expect(() => createLock(store, 'a', { [option]: ms })).toThrowError(
          expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
        );
      }
    }
    for (const options of [
      { handoffs: -1 },
      { handoffs: 1.5 },
      { waitMs: -1 },
      { waitMs: Number.NaN },
      { owner: 'x'.repeat(256) },
      { owner: '\ud800' },
      { pollMs: { min: 5, max: 1 } },
    ]) {
      expect(() => createLock(store, 'a', options)).toThrowError(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
      );
    }
  });

  it('treats odd names as names', async () => {
    const { process } = createWorld();
    const store = process();
    const names = ['__proto__', 'constructor', 'a b', 'a\0b', '\u00e9', 'e\u0301', 'a:b', '{a}'];
    const leases = await Promise.all(names.map((name) => createLock(store, name).acquire()));
    expect(leases.every(({ held }) => held)).toBe(true);
  });

  it('refuses a record that is not its own, and leaves it alone', async () => {
    const { process } = createWorld();
    const store = process();
    await store.set('lock:a', 'something else');
    const lock = createLock(store, 'a');
    await expect(lock.acquire()).rejects.toMatchObject({ code: 'CORRUPT_VALUE', key: 'lock:a' });
    await expect(lock.tryAcquire()).rejects.toMatchObject({ code: 'CORRUPT_VALUE' });
    await expect(lock.inspect()).rejects.toMatchObject({ code: 'CORRUPT_VALUE' });
    expect(await store.get('lock:a')).toBe('something else');
  });

  it('rounds a fractional ttl up', async () => {
    const { process } = createWorld();
    const lease = await createLock(process(), 'a', { ttlMs: 0.2 }).acquire();
    expect(lease.remainingMs).toBe(1);
    await lease.release();
  });

  it('tells who holds it, without touching it', async () => {
    const { process, clock, driver } = createWorld();
    const lock = createLock(process(), 'a', { owner: 'worker-7', ttlMs: 1_000 });
    expect(await lock.inspect()).toEqual({ held: false, holders: [], waiting: 0, fence: 0 });
    const lease = await lock.acquire();
    const { applied } = driver;
    await clock.advance(100);
    const state = await createLock(process(), 'a').inspect();
    expect(state).toMatchObject({ held: true, waiting: 0 });
    expect(state.holders).toMatchObject([{ owner: 'worker-7', fence: lease.fence }]);
    expect(state.holders[0]!.remainingMs).toBeGreaterThan(895);
    expect(state.holders[0]!.remainingMs).toBeLessThan(910);
    await lease.release();
    expect(await lock.inspect()).toMatchObject({ held: false, holders: [], fence: lease.fence });
    expect(driver.applied).toBe(applied + 1);
  });
});

describe('acquire', () => {
  it('gives up after waitMs with its own error, and leaves nothing behind', async () => {
    const { process, clock } = createWorld();
    const first = await createLock(process(), 'a').acquire();
    const lock = createLock(process(), 'a');
    const waiting = lock.acquire({ waitMs: 300 });
    const told = expect(waiting).rejects.toMatchObject({
      name: 'LockTimeoutError',
      code: 'LOCK_TIMEOUT',
      key: 'lock:a',
      outcome: 'none',
    });
    await clock.advance(299);
    expect(await stateOf(waiting)).toBe('pending');
    await clock.advance(2);
    await told;
    await first.release();
    await clock.advance(1_000);
    expect(await lock.inspect()).toMatchObject({ held: false });
    await expect(waiting).rejects.toBeInstanceOf(LockTimeoutError);
  });

  it('tries once with waitMs 0', async () => {
    const { process } = createWorld();
    const lock = createLock(process(), 'a', { waitMs: 0 });
    const lease = await lock.acquire();
    await expect(lock.acquire()).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });
    const other = createLock(process(), 'a');
    await expect(other.acquire({ waitMs: 0 })).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });
    await lease.release();
    await expect(other.acquire({ waitMs: 0 })).resolves.toMatchObject({ held: true });
  });

  it('can be cancelled: before, while waiting, and while its write is on the way', async () => {
    const { process, clock } = createWorld();
    const lock = createLock(process(), 'a');
    const reason = new Error('enough');
    const before = lock.acquire({ signal: AbortSignal.abort(reason) });
    await expect(before).rejects.toMatchObject({ code: 'ABORTED', cause: reason });

    const midway = new AbortController();
    const sent = lock.acquire({ signal: midway.signal });
    midway.abort();
    await expect(sent).rejects.toMatchObject({ code: 'ABORTED' });
    await settled(clock);
    expect(await lock.inspect()).toMatchObject({ held: false });

    const first = await createLock(process(), 'a').acquire();
    const later = new AbortController();
    const waiting = lock.acquire({ signal: later.signal });
    await clock.advance(500);
    later.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
    await first.release();
    await clock.advance(500);
    expect(await lock.inspect()).toMatchObject({ held: false });
  });

  it('leaves no listener on the signal, however the wait ends', async () => {
    const { process, clock } = createWorld();
    const lock = createLock(process(), 'a');
    const { signal } = new AbortController();
    const first = await lock.acquire({ signal });
    const second = lock.acquire({ signal });
    const third = lock.acquire({ signal, waitMs: 10 });
    const told = expect(third).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });
    expect(getEventListeners(signal, 'abort')).toHaveLength(2);
    await clock.advance(10);
    await told;
    await first.release();
    await (await second).release();
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('lets a caller leave the middle of the line', async () => {
    const { process, clock } = createWorld();
    const lock = createLock(process(), 'a');
    const first = await lock.acquire();
    const quits = new AbortController();
    const second = lock.acquire({ signal: quits.signal });
    const third = lock.acquire();
    quits.abort();
    await expect(second).rejects.toMatchObject({ code: 'ABORTED' });
    await first.release();
    await settled(clock);
    expect((await third).held).toBe(true);
  });

  it('takes over from a holder that died, when its ttl has passed and not before', async () => {
    const { process, clock } = createWorld();
    const dead = await createLock(process(), 'a', { ttlMs: 1_000, autoExtend: false }).acquire();
    const lock = createLock(process(), 'a');
    const waiting = lock.acquire();
    await clock.advance(1_000);
    expect(await stateOf(waiting)).toBe('pending');
    await clock.advance(60);
    const lease = await waiting;
    expect(lease.fence).toBeGreaterThan(dead.fence);
    expect(await dead.release()).toBe(false);
    await expect(dead.extend()).rejects.toBeInstanceOf(LockLostError);
    expect(await lock.inspect()).toMatchObject({ held: true });
    expect(lease.held).toBe(true);
  });

  it('goes by spans: no wall clock that a waiter or the database has ends a lease', async () => {
    const { process, clock } = createWorld();
    const holder = await createLock(process(), 'a', { tombstoneMs: 10 * 3_600_000 }).acquire();
    const waiting = createLock(process(), 'a').acquire();
    await clock.advance(100);
    clock.jump(3_600_000);
    await clock.advance(5_000);
    expect(await stateOf(waiting)).toBe('pending');
    expect(holder.held).toBe(true);
    clock.jump(-2 * 3_600_000);
    await clock.advance(20_000);
    expect(await stateOf(waiting)).toBe('pending');
    expect(holder.held).toBe(true);
    expect(await holder.release()).toBe(true);
    await clock.advance(100);
    expect((await waiting).held).toBe(true);
  });

  it('takes a record that has vanished as it was last seen', async () => {
    const { process, clock } = createWorld();
    const store = process();
    const holder = await createLock(store, 'a', { ttlMs: 1_000, autoExtend: false }).acquire();
    const lock = createLock(process(), 'a');
    const waiting = lock.acquire();
    await clock.advance(100);
    await store.delete('lock:a');
    clock.jump(-3_600_000);
    await clock.advance(850);
    expect(await stateOf(waiting)).toBe('pending');
    expect(holder.held).toBe(true);
    await clock.advance(110);
    expect((await waiting).fence).toBeGreaterThan(holder.fence);
    expect(await holder.release()).toBe(false);
  });

  it('takes over from the dead in time though the clock was set back', async () => {
    const { process, clock } = createWorld();
    await createLock(process(), 'a', { ttlMs: 1_000, autoExtend: false }).acquire();
    clock.jump(-3_600_000);
    const waiting = createLock(process(), 'a').acquire();
    await clock.advance(1_100);
    expect((await waiting).held).toBe(true);
  });

  it('tells all who wait when the store fails, and works again when the store does', async () => {
    const { process, clock, driver } = createWorld();
    const lock = createLock(process(), 'a');
    driver.fault = 'down';
    const all = await Promise.allSettled([lock.acquire(), lock.acquire(), lock.tryAcquire()]);
    expect(all.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect(all[0]).toMatchObject({ reason: { code: 'UNAVAILABLE' } });
    driver.fault = 'none';
    await settled(clock);
    expect((await lock.acquire()).held).toBe(true);
  });

  it('settles an acquire whose reply was lost, at once', async () => {
    const { process, driver } = createWorld();
    const lock = createLock(process(), 'a');
    driver.fault = 'reply';
    const lease = await lock.acquire();
    expect(lease.held).toBe(true);
    expect(driver.applied).toBe(1);
    expect(await lock.inspect()).toMatchObject({ holders: [{ fence: lease.fence }] });
    expect(await createLock(process(), 'a').tryAcquire()).toBeUndefined();
  });

  it('takes back an acquire that nobody heard of any more', async () => {
    const { process, driver, clock } = createWorld();
    const lock = createLock(process(), 'a');
    driver.fault = 'cut';
    const lost = lock.acquire();
    await expect(lost).rejects.toMatchObject({ outcome: 'unknown' });
    driver.fault = 'none';
    expect((await lock.inspect()).held).toBe(true);
    await clock.advance(1_000);
    expect((await lock.inspect()).held).toBe(false);
  });
});

describe('withLock', () => {
  it('gives the result of the body and releases', async () => {
    const { process } = createWorld();
    const lock = createLock(process(), 'a');
    const result = await lock.withLock(async (lease) => {
      expect(lease.held).toBe(true);
      expect((await lock.inspect()).held).toBe(true);
      return 7;
    });
    expect(result).toBe(7);
    expect((await lock.inspect()).held).toBe(false);
  });

  it("rejects with the body's error, also when the release fails", async () => {
    const { process, driver } = createWorld();
    const lock = createLock(process(), 'a');
    const failing = lock.withLock(() => {
      driver.fault = 'down';
      throw new RangeError('mine');
    });
    await expect(failing).rejects.toThrow('mine');
    driver.fault = 'none';
    await expect(createLock(process(), 'b').withLock(() => Promise.reject('x'))).rejects.toBe('x');
  });

  it('does not fail a body that has succeeded because the release fails', async () => {
    const { process, driver } = createWorld();
    const body = (): string => {
      driver.fault = 'down';
      return 'done';
    };
    expect(await createLock(process(), 'a').withLock(body)).toBe('done');
  });

  it('rejects when the lease was over before the body was', async () => {
    const { process, clock } = createWorld();
    const lock = createLock(process(), 'a', { ttlMs: 500, autoExtend: false });
    let aborted = false;
    const late = lock.withLock(async (lease) => {
      lease.signal.addEventListener('abort', () => {
        aborted = true;
      });
      await clock.advance(600);
    });
    await expect(late).rejects.toMatchObject({ name: 'LockLostError', code: 'LOCK_LOST' });
    expect(aborted).toBe(true);
  });

  it('releases at the end of a block', async () => {
    const { process } = createWorld();
    const lock = createLock(process(), 'a');
    {
      await using lease = await lock.acquire();
      expect(lease.held).toBe(true);
    }
    expect((await lock.inspect()).held).toBe(false);
  });
});
