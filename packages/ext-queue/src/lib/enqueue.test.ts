import { createStore, KvError } from '@grovekv/kv-core';
import { bytes } from '@grovekv/kv-core/codecs';
import { memoryDriver } from '@grovekv/kv-core/memory';
import { describe, expect, it } from 'vitest';
import { createWorld } from '../../../../tests/support/world.js';
import { createQueue } from '../index.js';

describe('enqueue', () => {
  it('of many says that it is in doubt if it is about any', async () => {
    const { driver, process } = createWorld();
    const queue = createQueue<number>(process(), 'q');
    await queue.enqueueMany([{ payload: 0 }, { payload: 0, priority: 1 }]);
    const { write } = driver;
    // The level of the first is refused, the reply for that of the second lost for good.
    driver.write = async (writes, call) => {
      const results = await Promise.all(
        writes.map(async (one) => {
          if (one.key.includes(':r0')) return new KvError('UNAVAILABLE', 'no', { outcome: 'none' });
          await write.call(driver, [one], call);
          return new KvError('UNAVAILABLE', 'reset', { outcome: 'unknown' });
        }),
      );
      return results;
    };
    driver.get = async () => {
      throw new KvError('UNAVAILABLE', 'no', { outcome: 'none' });
    };
    const sent = queue.enqueueMany([{ payload: 1 }, { payload: 2, priority: 1 }]);
    await expect(sent).rejects.toMatchObject({ outcome: 'unknown' });
  });

  it('refuses a moment that cannot be stored', async () => {
    const { driver, process } = createWorld({ timeoutMs: 2_000 });
    const queue = createQueue<number>(process(), 'q');
    for (const runAt of [
      2 ** 48,
      8.64e15,
      new Date(8.64e15),
      Number.NaN,
      new Date(Number.NaN),
      -1,
    ]) {
      await expect(queue.enqueue(1, { runAt })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    expect(driver.calls).toBe(0);
    await queue.enqueue(1, { runAt: 2 ** 48 - 1 });
    expect(await queue.stats()).toMatchObject({ delayed: 1 });
  });

  it('stores the bytes of the call, and gives each delivery its own', async () => {
    const { process } = createWorld({ timeoutMs: 2_000 });
    const queue = createQueue<Uint8Array>(process(), 'q', {
      codec: bytes(),
      backoff: { type: 'fixed', delayMs: 0 },
    });
    const mine = new Uint8Array([1, 2, 3]);
    const sent = queue.enqueue(mine);
    mine.fill(9);
    await sent;
    const job = await queue.reserve();
    job?.payload.fill(7);
    await job?.nack();
    expect((await queue.reserve())?.payload).toEqual(new Uint8Array([1, 2, 3]));
  });

  it('segments bear the longest reasons of all their jobs', async () => {
    const store = createStore({ driver: memoryDriver({ maxValueBytes: 16_384 }) });
    const queue = createQueue<string>(store, 'q', {
      segmentBytes: 1_000_000,
      maxAttempts: 2,
      backoff: { type: 'fixed', delayMs: 0 },
    });
    await queue.enqueueMany(Array.from({ length: 100 }, () => ({ payload: 'x' })));
    const jobs = await queue.reserveMany(100);
    await Promise.all(jobs.map((job) => job.nack({ reason: '漢'.repeat(300) })));
    const again = await queue.reserveMany(100);
    await Promise.all(again.map((job) => job.nack({ reason: '漢'.repeat(300) })));
    const dead = await queue.dead.list();
    expect(dead.length).toBe(100);
    expect(new Set(dead.map(({ reason }) => reason))).toEqual(new Set(['漢'.repeat(200)]));
  });

  it('an id that makes no key of the driver is refused before anything is stored', async () => {
    const store = createStore({ driver: memoryDriver({ maxKeyBytes: 100 }) });
    const queue = createQueue<number>(store, 'q');
    for (const options of [{ id: 'x'.repeat(200) }, { dedupe: 'é'.repeat(80) }]) {
      await expect(queue.enqueue(1, options)).rejects.toMatchObject({ code: 'KEY_TOO_LARGE' });
    }
    const keys: string[] = [];
    for await (const key of store.keys()) keys.push(key);
    expect(keys).toEqual([]);
    expect((await queue.enqueue(1, { id: 'x'.repeat(80) })).duplicate).toBe(false);
  });
});
