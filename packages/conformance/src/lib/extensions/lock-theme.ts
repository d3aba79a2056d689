import type { Store } from '@grovekv/kv-core';
import { equal, ok, rejects } from '../assert/assert.js';
import type { FaultOptions } from '../faults/faulty-driver.js';
import { faultyStores, tolerate } from '../faults/faulty-stores.js';
import { sleep } from '../suite/sleep.js';
import type { ConformanceTest, Theme } from '../suite/theme.js';
import type { LockConformanceOptions } from './lock-conformance.js';

const LONG_MS = 30_000;
/** A machine that stands still for the length of a lease loses it, rightly. */
const SHORT_MS = 1_000;

/** By how much clocks that tick in milliseconds may seem early. */
const TICK_MS = 2;

/** A lease as its holder knows it: safe from `granted` to `called` + ttl or its release. */
interface Grant {
  readonly fence: number;
  readonly called: number;
  readonly granted: number;
  readonly safeUntil: number;
}

/** Fences rise in the order of grants, and the times in which holders feel safe do not overlap. */
function expectExclusive(grants: readonly Grant[]): void {
  const byFence = [...grants].sort((a, b) => a.fence - b.fence);
  byFence.forEach((grant, index) => {
    const before = byFence[index - 1];
    if (!before) return;
    ok(grant.fence > before.fence, `fence ${grant.fence} was given twice`);
    ok(
      grant.granted + TICK_MS >= before.safeUntil,
      `fence ${grant.fence} was granted ${(before.safeUntil - grant.granted).toFixed(1)} ms before ` +
        `fence ${before.fence} was over`,
    );
  });
}

/** A resource that refuses whoever is late, and tells if a late one got through. */
class FencedRegister {
  #highest = 0;
  write(fence: number): boolean {
    if (fence < this.#highest) return false;
    this.#highest = fence;
    return true;
  }
}

/** What goes wrong in the tests under faults. */
const FAULTS: FaultOptions = {
  conflictRate: 0.05,
  refusedRate: 0.03,
  lostReplyRate: 0.05,
  lostRequestRate: 0.05,
  delayMs: [0, 4],
};

/** The tests of locks, for locks made by the options. */
export function lockTheme({ createLock }: LockConformanceOptions): Theme {
  const long = { ttlMs: LONG_MS };
  const short = { ttlMs: SHORT_MS, autoExtend: false };
  const tests: ConformanceTest[] = [
    {
      name: 'one holder at a time among several clients, and fences rise',
      async run({ stores, key, store }) {
        const all = await stores(4);
        const plain = store();
        const fences: number[] = [];
        let inside = 0;
        await Promise.all(
          Array.from({ length: 12 }, async (_, worker) => {
            const lock = createLock(all[worker % all.length] as Store, key(), long);
            for (let turn = 0; turn < 5; turn += 1) {
              await lock.withLock(async ({ fence }) => {
                inside += 1;
                equal(inside, 1, 'holders at the same time');
                fences.push(fence);
                const count = (await plain.get<number>(key('count'))) ?? 0;
                await plain.set(key('count'), count + 1);
                inside -= 1;
              });
            }
          }),
        );
        equal(await plain.get(key('count')), 60, 'additions by read and write, inside');
        const risen = fences.every(
          (fence, index) => index === 0 || fence > (fences[index - 1] ?? 0),
        );
        ok(risen, `fences in the order of grants: ${fences.slice(0, 8)} …`);
      },
    },
    {
      name: 'who does not hold it gets nothing, until it is released',
      async run({ stores, key }) {
        const [a, b] = (await stores(2)).map((store) => createLock(store, key(), long));
        const lease = await a?.tryAcquire();
        ok(lease?.held, 'a free lock is had at once');
        equal(await b?.tryAcquire(), undefined, 'a held lock');
        await rejects(() => b?.acquire({ waitMs: 40 }), 'LOCK_TIMEOUT', 'waiting for it');
        const controller = new AbortController();
        const waiting = b?.acquire({ signal: controller.signal });
        setTimeout(() => controller.abort(), 20);
        await rejects(() => waiting, 'ABORTED', 'waiting with a signal');
        equal(await lease.release(), true, 'release');
        equal(lease.held, false, 'held after release');
        const next = await b?.acquire({ waitMs: 5_000 });
        ok(next && next.fence > lease.fence, 'the next fence is larger');
        equal(await lease.release(), true, 'released again: the same answer');
        equal(await a?.tryAcquire(), undefined, 'the second release left the new holder alone');
        await rejects(() => lease.extend(), 'LOCK_LOST', 'extend after release');
        equal(await next.release(), true, 'release by the second holder');
      },
    },
    {
      name: 'a lease that ends is over for its holder, and only then free for another',
      async run({ stores, key }) {
        // The second lease is long: it must not end on a machine that stands still.
        const [a, b] = (await stores(2)).map((store, index) =>
          createLock(store, key(), index === 0 ? short : long),
        );
        const called = performance.now();
        const lease = await a?.tryAcquire();
        ok(lease, 'a free lock');
        const { signal } = lease;
        const next = await b?.acquire({ waitMs: 10_000 });
        const granted = performance.now();
        ok(next, 'the lock after its end');
        ok(granted - called >= SHORT_MS - TICK_MS, `granted after ${granted - called} ms`);
        ok(next.fence > lease.fence, 'the fence rises across an expiry');
        equal(lease.held, false, 'held');
        await sleep(50);
        equal(signal.aborted, true, 'its signal, a moment later');
        await rejects(() => lease.extend(), 'LOCK_LOST', 'extend');
        equal(await lease.release(), false, 'release');
        equal(next.held, true, 'the new holder');
        equal(await next.release(), true, 'release by the new holder');
      },
    },
    {
      name: 'a lease is extended by hand and by itself',
      async run({ stores, key }) {
        const [a, b] = (await stores(2)) as [Store, Store];
        const byHand = await createLock(a, key('hand'), short).tryAcquire();
        await byHand?.extend(LONG_MS);
        const byItself = await createLock(a, key('self'), { ttlMs: SHORT_MS }).tryAcquire();
        await sleep(SHORT_MS * 2.5);
        for (const [name, lease] of [
          ['hand', byHand],
          ['self', byItself],
        ] as const) {
          equal(lease?.held, true, `extended by ${name}`);
          const other = createLock(b, key(name), short);
          equal(await other.tryAcquire(), undefined, `another, extended by ${name}`);
          equal(await lease?.release(), true, `release, extended by ${name}`);
          equal((await other.tryAcquire()) !== undefined, true, `another after ${name}`);
        }
      },
    },
    {
      name: 'withLock releases, and the body’s error comes through',
      async run({ stores, key }) {
        const [a, b] = (await stores(2)).map((store) => createLock(store, key(), long));
        const mine = new Error('mine');
        let thrown: unknown;
        await a
          ?.withLock(() => {
            throw mine;
          })
          .catch((error: unknown) => {
            thrown = error;
          });
        equal(thrown === mine, true, 'the very error');
        equal(await b?.withLock(async () => 'result'), 'result', 'the result');
        const lease = await a?.tryAcquire();
        equal(lease?.held, true, 'free afterwards');
        await lease?.release();
      },
    },
    {
      name: 'under faults holders never overlap and a fenced register takes no stale write',
      async run(context) {
        const stores = await faultyStores(context, 4, FAULTS);
        const ttlMs = 120;
        const grants: Grant[] = [];
        const register = new FencedRegister();
        const end = performance.now() + 2_500;
        await Promise.all(
          stores.map(async (store) => {
            const lock = createLock(store, context.key(), { ttlMs, autoExtend: false });
            while (performance.now() < end) {
              const called = performance.now();
              const lease = await lock.tryAcquire().catch(tolerate);
              const granted = performance.now();
              if (!lease?.held) {
                await sleep(1 + context.random.next() * 5);
                continue;
              }
              const release = context.random.chance(0.8);
              const accepted = register.write(lease.fence);
              await sleep(context.random.next() * 8);
              const leaving = performance.now();
              if (leaving < called + ttlMs) ok(accepted, 'a holder in time was refused as stale');
              const safeUntil = release ? Math.min(leaving, called + ttlMs) : called + ttlMs;
              grants.push({ fence: lease.fence, called, granted, safeUntil });
              if (release) await lease.release().catch(tolerate);
              else await sleep(ttlMs);
            }
          }),
        );
        ok(grants.length > 10, `${grants.length} grants`);
        expectExclusive(grants);
      },
    },
  ];
  return { name: 'lock', tests };
}
