import { createStore } from '@grovekv/kv-core';
import { memoryDriver } from '@grovekv/kv-core/memory';
import { createManualClock } from '@grovekv/kv-core/testing';
import { expect, it } from 'vitest';
import { createQueue } from '../src/index.js';

it('works', async () => {
  const clock = createManualClock();
  const store = createStore({ driver: memoryDriver({ clock }) });
  const queue = createQueue<number>(store, 'a', {
    clock,
    maxAttempts: 2,
    backoff: { type: 'fixed', delayMs: 100 },
  });
  await queue.enqueueMany(Array.from({ length: 200 }, (_, payload) => ({ payload })));
  const jobs = await queue.reserveMany(150);
  expect(jobs.map((job) => job.payload)).toEqual(Array.from({ length: 150 }, (_, n) => n));
  expect(await queue.stats()).toEqual({
    waiting: 50,
    active: 150,
    delayed: 0,
    dead: 0,
    paused: false,
  });
  await Promise.all(jobs.slice(1).map((job) => job.ack()));
  await jobs[0]!.nack({ reason: 'no' });
  expect(await queue.stats()).toEqual({
    waiting: 50,
    active: 0,
    delayed: 1,
    dead: 0,
    paused: false,
  });
  await clock.advance(100);
  const again = await queue.reserve();
  expect(again).toMatchObject({ payload: 0, attempt: 2 });
  await again!.nack({ reason: 'still no' });
  expect(await queue.dead.list()).toMatchObject([{ payload: 0, attempts: 2, reason: 'still no' }]);
  expect(await queue.dead.redrive()).toBe(1);
  expect(await queue.dead.list()).toEqual([]);
  const rest = await queue.reserveMany(100);
  expect(rest.length).toBe(51);
  expect(rest.at(-1)).toMatchObject({ payload: 0, attempt: 1 });
  await Promise.all(rest.map((job) => job.ack()));
  expect(await queue.stats()).toEqual({
    waiting: 0,
    active: 0,
    delayed: 0,
    dead: 0,
    paused: false,
  });
  await queue.enqueue(7, { delayMs: 5_000 });
  await queue.enqueue(8, { priority: 3 });
  await queue.enqueue(9);
  expect(await queue.stats()).toEqual({
    waiting: 2,
    active: 0,
    delayed: 1,
    dead: 0,
    paused: false,
  });
  const three = await queue.reserveMany(5);
  expect(three.map((job) => job.payload)).toEqual([8, 9]);
  await clock.advance(4_999);
  expect(await queue.reserve()).toBeUndefined();
  await clock.advance(1);
  const due = await queue.reserve();
  expect(due?.payload).toBe(7);
  await due!.ack();
  await clock.advance(3_000);
  expect(await queue.reserve()).toBeUndefined();
  await clock.advance(3_000);
  const keys: string[] = [];
  for await (const key of store.keys()) keys.push(key);
  console.log(keys);
  expect(await queue.enqueue(1, { id: 'x' })).toEqual({ id: 'x', duplicate: false });
  expect(await queue.enqueue(1, { id: 'x' })).toEqual({ id: 'x', duplicate: true });
  const { id } = await queue.enqueue(1, { dedupe: 'y' });
  expect(await queue.enqueue(1, { dedupe: 'y' })).toEqual({ id, duplicate: true });
  const two = await queue.reserveMany(5);
  expect(two.length).toBe(2);
  await two[1]!.ack();
  expect((await queue.enqueue(1, { dedupe: 'y' })).duplicate).toBe(false);
});
