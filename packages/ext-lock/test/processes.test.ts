import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { createStore, type Store } from '@grovekv/kv-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ChildProgram, runTogether } from '../../../tests/support/child.js';
import { kinds, openDriver, place } from '../../../tests/support/shared-drivers.js';
import { createLock } from '../src/index.js';

const folder = fileURLToPath(new URL('.', import.meta.url));

interface Section {
  readonly start: number;
  readonly end: number;
  readonly fence: number;
  readonly stale?: boolean;
}

describe.each(kinds)('several processes on %s', (kind) => {
  let address: string;
  let remove: () => void;
  let namespace: string;
  let whole: Store;
  let store: Store;
  let children: ChildProgram[];

  beforeEach(async () => {
    ({ address, remove } = await place(kind));
    namespace = `lock-test-${randomUUID()}`;
    whole = createStore({ driver: openDriver(kind, address) });
    store = whole.namespace(namespace);
    children = [];
  });

  afterEach(async () => {
    await Promise.all(children.map((child) => child.kill()));
    await whole.close();
    remove();
  });

  function run(name: string, ...args: readonly (string | number)[]): ChildProgram {
    const child = new ChildProgram({ folder }, name, [
      kind,
      address,
      namespace,
      ...args.map(String),
    ]);
    children.push(child);
    return child;
  }

  async function sections(sort: string, count: number, callers: number): Promise<Section[]> {
    const all = [0, 1, 2, 3].map(() => run('sections', sort, count, callers));
    await runTogether(all);
    const told = all.flatMap((child) => child.messages<Section>().slice(1));
    expect(told).toHaveLength(4 * count);
    return told.sort((one, other) => one.start - other.start);
  }

  function apart(told: readonly Section[]): void {
    for (const [index, { start, fence, stale }] of told.entries()) {
      const before = told[index - 1];
      if (!before) continue;
      expect(start).toBeGreaterThanOrEqual(before.end);
      expect(fence).toBeGreaterThan(before.fence);
      expect(stale ?? false).toBe(false);
    }
  }

  it('2,000 critical sections: no two overlap, and fences rise', async () => {
    apart(await sections('lock', 500, 8));
    expect(await store.get('total')).toBe(2_000);
  }, 120_000);

  it('the same in a fair lock', async () => {
    apart(await sections('fair', 50, 4));
    expect(await store.get('total')).toBe(200);
  }, 120_000);

  it('a semaphore of 3 never has 4 holders', async () => {
    const told = await sections('semaphore', 100, 4);
    const events = told.flatMap(({ start, end }) => [
      { at: start, by: 1 },
      { at: end, by: -1 },
    ]);
    events.sort((one, other) => one.at - other.at || one.by - other.by);
    let inside = 0;
    let most = 0;
    for (const { by } of events) {
      inside += by;
      most = Math.max(most, inside);
    }
    expect(most).toBeLessThanOrEqual(3);
    expect(new Set(told.map(({ fence }) => fence)).size).toBe(400);
  }, 120_000);

  it('an election has one leader at a time', async () => {
    const all = [0, 1, 2, 3].map(() => run('leader', 5));
    for (const child of all) await child.finished();
    const told = all.flatMap((child) => child.messages<Section>());
    expect(told).toHaveLength(20);
    apart(told.sort((one, other) => one.start - other.start));
  }, 120_000);

  it('a holder that was stopped for longer than its ttl learns at once that it is over', async () => {
    const holder = run('holder', 1_000);
    const { fence } = await holder.message<{ fence: number }>(0);
    holder.process.kill('SIGSTOP');
    const lock = createLock(store, 'held', { ttlMs: 60_000 });
    const lease = await lock.acquire({ waitMs: 20_000 });
    expect(lease.fence).toBeGreaterThan(fence);
    holder.process.kill('SIGCONT');
    expect(await holder.message(1)).toEqual({
      held: false,
      reason: 'LOCK_LOST',
      extended: 'LOCK_LOST',
      released: false,
    });
    await holder.finished();
    expect((await lock.inspect()).holders).toMatchObject([{ fence: lease.fence }]);
    expect(await lease.release()).toBe(true);
  }, 60_000);

  it('a holder that was killed is followed within its ttl', async () => {
    const holder = run('holder', 1_000);
    const { fence } = await holder.message<{ fence: number }>(0);
    const lock = createLock(store, 'held');
    expect(await lock.tryAcquire()).toBeUndefined();
    await holder.kill();
    const { holders } = await lock.inspect();
    expect(holders[0]?.remainingMs ?? 0).toBeLessThanOrEqual(1_003);
    const lease = await lock.acquire({ waitMs: 20_000 });
    expect(lease.fence).toBeGreaterThan(fence);
    await lease.release();
  }, 60_000);

  it('nothing keeps a process alive that has released all', async () => {
    const quiet = run('quiet');
    await quiet.finished();
    expect(quiet.messages()).toEqual(['done']);
  }, 30_000);
});
