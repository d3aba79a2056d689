import { describe, expect, it } from 'vitest';
import { createWorld, settled, stateOf } from '../../../../tests/support/world.js';
import { createLock, type Lease, LockLostError } from '../index.js';

describe('the deadline', () => {
  it('fires the signal by the clock alone, whatever the store does', async () => {
    const { process, clock, driver } = createWorld();
    const lease = await createLock(process(), 'a', { ttlMs: 900 }).acquire();
    const { signal } = lease;
    driver.fault = 'request';
    await clock.advance(896);
    expect([signal.aborted, lease.held]).toEqual([false, true]);
    await clock.advance(1);
    expect([signal.aborted, lease.held, lease.remainingMs]).toEqual([true, false, 0]);
    expect(signal.reason).toBeInstanceOf(LockLostError);
  });

  it('is over before the store, which counts whole milliseconds, gives it to another', async () => {
    const { process, clock } = createWorld();
    let part = 0.9;
    const fine = { ...clock, monotonic: () => clock.monotonic() + part };
    const options = { ttlMs: 1_000, autoExtend: false };
    const first = await createLock(process(), 'a', { ...options, clock: fine }).acquire();
    await clock.advance(1_000);
    part = 0.1; // 999.2 ms later
    expect(first.held).toBe(false);
  });

  it('counts from the sending of the request', async () => {
    const { process, clock, driver } = createWorld();
    const slow = driver.write.bind(driver);
    driver.write = async (writes, call) => {
      const results = await slow(writes, call);
      await clock.advance(300);
      return results;
    };
    const lease = await createLock(process(), 'a', { ttlMs: 1_000 }).acquire();
    expect(lease.remainingMs).toBe(697);
    driver.write = slow;
    await lease.release();
  });

  it('is seen by every member though no timer has run, as after SIGSTOP', async () => {
    const { process, clock } = createWorld();
    const stopped = { ...clock, setTimer: () => () => undefined };
    const lock = createLock(process(), 'a', { ttlMs: 1_000, clock: stopped });
    const other = createLock(process(), 'a');
    const members: ((lease: Lease, signal: AbortSignal) => unknown)[] = [
      (_, signal) => expect(signal.aborted).toBe(true),
      (_, signal) => expect(() => signal.throwIfAborted()).toThrow(LockLostError),
      (lease) => expect(lease.signal.aborted).toBe(true),
      (lease) => expect(lease.held).toBe(false),
      (lease) => expect(lease.remainingMs).toBe(0),
      (lease) => expect(lease.extend()).rejects.toThrow(LockLostError),
      (lease) => expect(lease.release()).resolves.toBe(false),
    ];
    for (const member of members) {
      const lease = await lock.acquire();
      const { signal } = lease;
      expect(signal.aborted).toBe(false);
      await clock.advance(1_100);
      const next = await other.acquire();
      const before = await other.inspect();
      await member(lease, signal);
      expect(await other.inspect()).toEqual(before);
      expect(await next.release()).toBe(true);
    }
  });
});

describe('extend', () => {
  it('happens by itself, and stops with the release', async () => {
    const { process, clock, driver } = createWorld();
    const lease = await createLock(process(), 'a', { ttlMs: 900 }).acquire();
    await clock.advance(10_000);
    expect(lease.held).toBe(true);
    expect(lease.signal.aborted).toBe(false);
    await lease.release();
    const { calls } = driver;
    await clock.advance(10_000);
    expect(driver.calls).toBe(calls);
    expect(lease.signal.aborted).toBe(false);
  });

  it('does not happen by itself if told so', async () => {
    const { process, clock } = createWorld();
    const lock = createLock(process(), 'a', { ttlMs: 900, autoExtend: false });
    const lease = await lock.acquire();
    await clock.advance(800);
    await lease.extend();
    await clock.advance(800);
    expect(lease.held).toBe(true);
    expect(await createLock(process(), 'a').tryAcquire()).toBeUndefined();
    await clock.advance(110);
    expect(lease.held).toBe(false);
  });

  it('is tried until the deadline: an outage that ends before it does no harm', async () => {
    const { process, clock, driver } = createWorld();
    const lease = await createLock(process(), 'a', { ttlMs: 3_000 }).acquire();
    driver.fault = 'down';
    await clock.advance(2_500);
    expect(lease.held).toBe(true);
    driver.fault = 'none';
    await clock.advance(4_000);
    expect(lease.held).toBe(true);
    expect(await createLock(process(), 'a').tryAcquire()).toBeUndefined();
  });

  it('gives up at the deadline, without an unhandled rejection', async () => {
    const { process, clock, driver } = createWorld();
    const lease = await createLock(process(), 'a', { ttlMs: 3_000 }).acquire();
    driver.fault = 'down';
    await clock.advance(3_000);
    expect(lease.signal.aborted).toBe(true);
    const { calls } = driver;
    await clock.advance(10_000);
    expect(driver.calls - calls).toBeLessThan(3);
  });

  it('lasts as long as asked, and never shortens', async () => {
    const { process, clock } = createWorld();
    const lock = createLock(process(), 'a', { ttlMs: 1_000, autoExtend: false });
    const lease = await lock.acquire();
    await lease.extend(5_000);
    expect(lease.remainingMs).toBe(4_993);
    await lease.extend(10);
    expect(lease.remainingMs).toBe(4_993);
    await clock.advance(4_900);
    expect(await createLock(process(), 'a').tryAcquire()).toBeUndefined();
    expect(lease.held).toBe(true);
    await expect(lease.extend(0)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('notices that the record was taken away, and says so', async () => {
    const { process, clock } = createWorld();
    const store = process();
    const lease = await createLock(store, 'a', { ttlMs: 3_000 }).acquire();
    const { signal } = lease;
    await store.delete('lock:a');
    const thief = await createLock(process(), 'a').tryAcquire();
    await clock.advance(1_100);
    expect(signal.aborted).toBe(true);
    expect(await lease.release()).toBe(false);
    expect(await thief!.release()).toBe(true);
  });

  it('never brings back a lease that was released while it was on its way', async () => {
    const { process, clock } = createWorld();
    const lock = createLock(process(), 'a');
    const lease = await lock.acquire();
    const extending = lease.extend();
    const releasing = lease.release();
    await expect(extending).rejects.toBeInstanceOf(LockLostError);
    expect(await releasing).toBe(true);
    await settled(clock);
    expect((await lock.inspect()).held).toBe(false);
    await expect(lease.extend()).rejects.toMatchObject({ code: 'LOCK_LOST' });
  });

  it('takes back an extension whose answer came after the deadline', async () => {
    const { process, clock, driver } = createWorld();
    const lock = createLock(process(), 'a', { ttlMs: 1_000, autoExtend: false });
    const lease = await lock.acquire();
    const write = driver.write.bind(driver);
    driver.write = async (writes, call) => {
      driver.write = write;
      const results = await write(writes, call);
      await clock.advance(1_000);
      return results;
    };
    await expect(lease.extend()).rejects.toBeInstanceOf(LockLostError);
    await settled(clock);
    expect((await lock.inspect()).held).toBe(false);
  });

  it('settles an extension whose reply was lost', async () => {
    const { process, driver } = createWorld();
    const lease = await createLock(process(), 'a').acquire();
    driver.fault = 'reply';
    await lease.extend();
    expect(lease.held).toBe(true);
    expect(await lease.release()).toBe(true);
  });
});

describe('release', () => {
  it('answers the same again, and writes once', async () => {
    const { process, driver } = createWorld();
    const lease = await createLock(process(), 'a').acquire();
    expect(await Promise.all([lease.release(), lease.release()])).toEqual([true, true]);
    const { calls } = driver;
    expect(await lease.release()).toBe(true);
    await lease[Symbol.asyncDispose]();
    expect(driver.calls).toBe(calls);
    expect(lease.held).toBe(false);
  });

  it('does not hang, write or touch anybody when the lease is over', async () => {
    const { process, clock, driver } = createWorld();
    const lease = await createLock(process(), 'a', { ttlMs: 100, autoExtend: false }).acquire();
    await clock.advance(150);
    const next = await createLock(process(), 'a').acquire();
    const { calls } = driver;
    expect(await lease.release()).toBe(false);
    expect(await lease.release()).toBe(false);
    expect(driver.calls).toBe(calls);
    expect(next.held).toBe(true);
  });

  it('leaves alone whoever has the lock instead, though this holder does not know yet', async () => {
    const { process } = createWorld();
    const store = process();
    const lease = await createLock(store, 'a').acquire();
    await store.delete('lock:a');
    const other = createLock(process(), 'a');
    const next = await other.acquire();
    const before = await store.raw.get('lock:a');
    expect(await lease.release()).toBe(false);
    expect(await store.raw.get('lock:a')).toEqual(before);
    expect(await next.release()).toBe(true);
  });

  it('settles a release whose reply was lost', async () => {
    const { process, driver } = createWorld();
    const lock = createLock(process(), 'a');
    const lease = await lock.acquire();
    driver.fault = 'reply';
    expect(await lease.release()).toBe(true);
    expect((await lock.inspect()).held).toBe(false);
  });

  it('rejects when the store is down, and can be tried again', async () => {
    const { process, clock, driver } = createWorld();
    const lock = createLock(process(), 'a');
    const lease = await lock.acquire();
    driver.fault = 'down';
    await expect(lease.release()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await lease[Symbol.asyncDispose]();
    expect(lease.held).toBe(false);
    driver.fault = 'none';
    const other = createLock(process(), 'a').acquire();
    await clock.advance(500);
    expect(await stateOf(other)).toBe('pending');
    expect(await lease.release()).toBe(true);
    await clock.advance(100);
    expect((await other).held).toBe(true);
  });
});
