import { describe, expect, it } from 'vitest';
import { createWorld, settled, stateOf } from '../../../../tests/support/world.js';
import { createLock, type Lease, type Lock } from '../index.js';

/** Acquires `count` times at once and releases each at once; the leases in the order of holding. */
async function inTurn(lock: Lock, count: number): Promise<Lease[]> {
  const order: Lease[] = [];
  let inside = 0;
  await Promise.all(
    Array.from({ length: count }, async () => {
      const lease = await lock.acquire();
      inside += 1;
      expect(inside).toBe(1);
      order.push(lease);
      await Promise.resolve();
      inside -= 1;
      await lease.release();
    }),
  );
  return order;
}

function rising(leases: readonly Lease[]): void {
  const fences = leases.map(({ fence }) => fence);
  expect(fences).toEqual([...new Set(fences)].sort((a, b) => a - b));
}

describe('handing on', () => {
  it('goes in the order of asking, without writes, each with its own higher fence', async () => {
    const { process, driver, clock } = createWorld();
    const order = await inTurn(createLock(process(), 'a'), 20);
    await settled(clock);
    expect(driver.applied).toBe(2);
    rising(order);
    expect(order[19]!.fence - order[0]!.fence).toBe(19);
  });

  it('is bounded', async () => {
    const { process, driver, clock } = createWorld();
    const all = inTurn(createLock(process(), 'a', { handoffs: 4 }), 20);
    await clock.advance(100);
    rising(await all);
    expect(driver.applied).toBe(8);
  });

  it('does not happen with handoffs 0', async () => {
    const { process, driver, clock } = createWorld();
    const all = inTurn(createLock(process(), 'a', { handoffs: 0 }), 5);
    await clock.advance(100);
    rising(await all);
    expect(driver.applied).toBe(10);
  });

  it('leaves a gap after the last, in which another process wins', async () => {
    const { process, clock } = createWorld();
    const mine = createLock(process(), 'a', { handoffs: 2 });
    const first = await mine.acquire();
    const line = [mine.acquire(), mine.acquire(), mine.acquire()];
    const theirs = createLock(process(), 'a').acquire();
    await clock.advance(1_000);
    await first.release();
    await (await line[0]!).release();
    await (await line[1]!).release();
    expect(await stateOf(line[2]!)).toBe('pending');
    await clock.advance(100);
    const winners = await Promise.all([stateOf(theirs), stateOf(line[2]!)]);
    expect(winners.filter((state) => state === 'done')).toHaveLength(1);
  });

  it('ends when the process has had the lock for a ttl', async () => {
    const { process, clock, driver } = createWorld();
    const lock = createLock(process(), 'a', { ttlMs: 1_000 });
    const first = await lock.acquire();
    const second = lock.acquire();
    const third = lock.acquire();
    await clock.advance(600);
    await first.release();
    const before = driver.applied;
    await clock.advance(600);
    await (await second).release();
    expect(driver.applied).toBeGreaterThan(before);
    expect(await stateOf(third)).toBe('pending');
    await clock.advance(100);
    await (await third).release();
  });

  it('gives nothing away when the lease is lost, and asks the store anew', async () => {
    const { process, clock } = createWorld();
    const lock = createLock(process(), 'a', { ttlMs: 500, autoExtend: false });
    const first = await lock.acquire();
    const second = lock.acquire();
    await clock.advance(499);
    expect(await stateOf(second)).toBe('pending');
    await clock.advance(60);
    expect(await first.release()).toBe(false);
    expect((await second).fence).toBeGreaterThan(first.fence);
    expect((await second).remainingMs).toBeGreaterThan(400);
  });

  it('renews a lease of which little is left before it hands it on', async () => {
    const { process, clock } = createWorld();
    const lock = createLock(process(), 'a', { ttlMs: 900, autoExtend: false });
    const first = await lock.acquire();
    const second = lock.acquire();
    await clock.advance(800);
    expect(await first.release()).toBe(true);
    expect((await second).remainingMs).toBe(897);
    expect((await second).fence).toBe(first.fence + 1);
    expect(await createLock(process(), 'a').tryAcquire()).toBeUndefined();
  });

  it('asks the store anew when that fails', async () => {
    const { process, clock, driver } = createWorld();
    const lock = createLock(process(), 'a', { ttlMs: 900, autoExtend: false });
    const first = await lock.acquire();
    const second = lock.acquire();
    await clock.advance(800);
    driver.fault = 'down';
    expect(await first.release()).toBe(true);
    await expect(second).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('passes by who has given up', async () => {
    const { process } = createWorld();
    const lock = createLock(process(), 'a');
    const first = await lock.acquire();
    const quits = new AbortController();
    const second = lock.acquire({ signal: quits.signal });
    const third = lock.acquire();
    quits.abort();
    await first.release();
    await expect(second).rejects.toMatchObject({ code: 'ABORTED' });
    expect((await third).fence).toBe(first.fence + 1);
  });

  it('joins all locks made alike on one store, and no others', async () => {
    const { process, driver, clock } = createWorld();
    const store = process();
    const leases = await Promise.all([
      createLock(store, 'a')
        .acquire()
        .then(async (lease) => {
          await settled(clock);
          await lease.release();
          return lease;
        }),
      createLock(store, 'a').acquire(),
    ]);
    expect(leases[1].fence).toBe(leases[0].fence + 1);
    expect(driver.applied).toBe(1);
    const elsewhere = await createLock(store.namespace('n'), 'a').tryAcquire();
    expect(elsewhere?.held).toBe(true);
    expect(await createLock(store, 'a', { ttlMs: 5 }).tryAcquire()).toBeUndefined();
  });

  it('lets tryAcquire not overtake those who wait', async () => {
    const { process } = createWorld();
    const lock = createLock(process(), 'a');
    const first = await lock.acquire();
    const second = lock.acquire();
    await first.release();
    expect(await lock.tryAcquire()).toBeUndefined();
    await (await second).release();
    expect((await lock.tryAcquire())?.held).toBe(true);
  });

  it('holds through hooks that change keys and bytes', async () => {
    const { process, clock } = createWorld();
    const flip = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => byte ^ 0x55);
    const hooks = [{ name: 'flip', value: { encode: flip, decode: flip, confidential: true } }];
    const [one, other] = [process(), process()].map((store) =>
      createLock(store.namespace('tenant').with({ hooks }), 'a', { ttlMs: 1_000 }),
    );
    rising(await inTurn(one!, 5));
    const lease = await one!.acquire();
    await clock.advance(5_000);
    expect(await other!.tryAcquire()).toBeUndefined();
    expect((await other!.inspect()).holders).toHaveLength(1);
    await lease.release();
    expect((await other!.tryAcquire())!.fence).toBeGreaterThan(lease.fence);
  });
});
