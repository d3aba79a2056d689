import { describe, expect, it } from 'vitest';
import { createWorld, stateOf } from '../../../../tests/support/world.js';
import { acquireAll, createLock, LockLostError } from '../index.js';

describe('acquireAll', () => {
  it('holds all, gives them in the order asked for, releases all', async () => {
    const { process } = createWorld();
    const store = process();
    const [b, a] = [createLock(store, 'b'), createLock(store, 'a')];
    const set = await acquireAll([b, a]);
    expect(set.leases).toHaveLength(2);
    expect((await b.inspect()).fence - set.leases[0]!.fence).toBeGreaterThanOrEqual(0);
    expect([set.held, set.signal.aborted]).toEqual([true, false]);
    expect([(await a.inspect()).held, (await b.inspect()).held]).toEqual([true, true]);
    expect(await set.release()).toBe(true);
    expect([(await a.inspect()).held, (await b.inspect()).held]).toEqual([false, false]);
    expect(set.held).toBe(false);
  });

  it('never deadlocks, in whatever order the locks are named', async () => {
    const { process, clock } = createWorld();
    const orders = [
      ['a', 'b', 'c'],
      ['c', 'b', 'a'],
      ['b', 'a'],
      ['c', 'a'],
    ];
    const stores = [process(), process()];
    let done = 0;
    const all = orders.flatMap((names, index) =>
      [0, 1, 2].map(async (turn) => {
        const locks = names.map((name) => createLock(stores[(index + turn) % 2]!, name));
        await using set = await acquireAll(locks);
        expect(set.held).toBe(true);
        done += 1;
      }),
    );
    await clock.advance(3_000);
    await Promise.all(all);
    expect(done).toBe(12);
  });

  it('gives back what it has when one cannot be had', async () => {
    const { process, clock } = createWorld();
    const [a, b] = [createLock(process(), 'a'), createLock(process(), 'b')];
    await createLock(process(), 'b').acquire();
    await expect(acquireAll([a, b], { waitMs: 0 })).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });
    expect((await a.inspect()).held).toBe(false);

    const quits = new AbortController();
    const waiting = acquireAll([a, b], { signal: quits.signal });
    await clock.advance(50);
    expect(await stateOf(waiting)).toBe('pending');
    quits.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
    await clock.advance(50);
    expect((await a.inspect()).held).toBe(false);
  });

  it('tells when one of them is lost', async () => {
    const { process, clock } = createWorld();
    const store = process();
    const short = createLock(store, 'a', { ttlMs: 500, autoExtend: false });
    const set = await acquireAll([createLock(store, 'b'), short]);
    const { signal } = set;
    await clock.advance(500);
    expect([signal.aborted, set.held]).toEqual([true, false]);
    expect(signal.reason).toBeInstanceOf(LockLostError);
    expect(await set.release()).toBe(false);
    expect((await createLock(store, 'b').inspect()).held).toBe(false);
  });

  it('refuses a lock that is named twice, and takes none as none', async () => {
    const { process } = createWorld();
    const store = process();
    const twice = acquireAll([createLock(store, 'a'), createLock(store, 'a')]);
    await expect(twice).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    const none = await acquireAll([]);
    expect([none.held, await none.release()]).toEqual([true, true]);
  });
});
