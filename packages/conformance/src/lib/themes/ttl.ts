import { equal, ok } from '../assert/assert.js';
import { put, read, readText, remove, touch } from '../suite/probe.js';
import type { TestContext } from '../suite/test-context.js';
import type { Theme } from '../suite/theme.js';
import { crowdOfTtls } from './ttl-crowd.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Nobody waits longer than this for a key to go. */
const LONGEST_WAIT_MS = 6_000;

/** Reads the time left and checks that it is what was given, less what has passed. */
async function expectTtl(
  { driver, traits, tickMs, now }: TestContext,
  key: string,
  ttl: number,
  since: number,
  what: string,
): Promise<void> {
  const entry = await read(driver, key, true);
  const passed = now() - since;
  ok(entry, `${what}: the key is there`);
  const left = entry.ttlMs;
  ok(left !== undefined, `${what}: a key with a ttl tells it`);
  const least = ttl - passed - tickMs;
  const most = ttl + traits.ttlResolutionMs + tickMs;
  ok(left >= least && left <= most, `${what}: ${left} ms left, not within ${least} to ${most}`);
}

async function expectNoTtl({ driver }: TestContext, key: string, what: string): Promise<void> {
  const entry = await read(driver, key, true);
  ok(entry, `${what}: the key is there`);
  equal(entry.ttlMs, undefined, `${what}: time left`);
}

/** Waits until a key of this ttl must be gone; `false` if that is too long to wait. */
async function outlive({ pass, lateMs }: TestContext, ttl: number): Promise<boolean> {
  if (lateMs > LONGEST_WAIT_MS) return false;
  await pass(ttl + lateMs + 1);
  return true;
}

export const ttl: Theme = {
  name: 'ttl',
  tests: [
    { name: 'none of 200 keys expires early, none late', run: crowdOfTtls },
    {
      name: 'the time left is told',
      async run(context) {
        const { driver, key, pass, now } = context;
        const since = now();
        await put(driver, key(), 'x', { ttl: MINUTE });
        await expectTtl(context, key(), MINUTE, since, 'at once');
        await pass(40);
        await expectTtl(context, key(), MINUTE, since, 'later');
        await put(driver, key('none'), 'x');
        await expectNoTtl(context, key('none'), 'without a ttl');
      },
    },
    {
      name: 'a put sets, keeps or removes the ttl',
      async run(context) {
        const { driver, key, now } = context;
        const since = now();
        await put(driver, key(), 'a', { ttl: MINUTE });
        await put(driver, key(), 'b', { ttl: 'keep' });
        await expectTtl(context, key(), MINUTE, since, 'after keep');
        await put(driver, key(), 'b2', { ttl: 'keep', if: 'present' });
        await expectTtl(context, key(), MINUTE, since, 'after keep if present');
        const { version } = (await read(driver, key())) ?? {};
        const swapped = await put(driver, key(), 'b3', {
          ttl: 'keep',
          if: { version: version ?? '' },
        });
        equal(swapped.applied, true, 'put by version');
        await expectTtl(context, key(), MINUTE, since, 'after keep by version');
        const again = now();
        await put(driver, key(), 'c', { ttl: 2 * MINUTE });
        await expectTtl(context, key(), 2 * MINUTE, again, 'after another ttl');
        await put(driver, key(), 'd');
        await expectNoTtl(context, key(), 'after none');
        await put(driver, key(), 'e', { ttl: 'keep' });
        await expectNoTtl(context, key(), 'after keep of none');
        equal(await readText(driver, key()), 'e', 'the value');
      },
    },
    {
      name: 'keep on an absent key means none, and a new key inherits nothing',
      async run(context) {
        const { driver, key } = context;
        await put(driver, key(), 'a', { ttl: 'keep' });
        await expectNoTtl(context, key(), 'keep on an absent key');
        await put(driver, key('old'), 'a', { ttl: MINUTE });
        await remove(driver, key('old'));
        await put(driver, key('old'), 'b', { ttl: 'keep' });
        await expectNoTtl(context, key('old'), 'keep after a delete');
      },
    },
    {
      name: 'touch changes only the ttl and never creates',
      async run(context) {
        const { driver, key, now } = context;
        const absent = await touch(driver, key('absent'), MINUTE);
        equal(absent.applied, false, 'touch of an absent key');
        equal(await read(driver, key('absent')), undefined, 'after touch of an absent key');
        equal(
          (await touch(driver, key('absent'), 'none')).applied,
          false,
          'persist of an absent key',
        );
        equal(await read(driver, key('absent')), undefined, 'after persist of an absent key');

        await put(driver, key(), 'value');
        const since = now();
        equal((await touch(driver, key(), MINUTE)).applied, true, 'touch');
        await expectTtl(context, key(), MINUTE, since, 'after touch');
        const again = now();
        equal((await touch(driver, key(), 2 * MINUTE)).applied, true, 'longer');
        await expectTtl(context, key(), 2 * MINUTE, again, 'after a longer touch');
        equal((await touch(driver, key(), 'none')).applied, true, 'persist');
        await expectNoTtl(context, key(), 'after persist');
        equal((await touch(driver, key(), 'none')).applied, true, 'persist without a ttl');
        equal(await readText(driver, key()), 'value', 'the value');
      },
    },
    {
      name: 'a ttl below the resolution is rounded up, never to zero',
      async run(context) {
        const { driver, key } = context;
        await put(driver, key(), 'x', { ttl: 1 });
        await put(driver, key('touched'), 'x');
        await touch(driver, key('touched'), 1);
        await context.store().set(key('store'), 'x', { ttlMs: 0.2 });
        if (!(await outlive(context, 1))) return;
        equal(await read(driver, key()), undefined, 'a put with a ttl of 1 ms');
        equal(await read(driver, key('touched')), undefined, 'touched with a ttl of 1 ms');
        equal(await context.store().get(key('store')), undefined, 'set with a ttl of 0.2 ms');
      },
    },
    {
      name: 'a huge ttl is no zero and no past',
      async run(context) {
        const { driver, key, pass } = context;
        const huge = [
          30 * DAY,
          30 * DAY + 1_000,
          31 * DAY,
          2 ** 31,
          2 ** 32,
          2 ** 40,
          Number.MAX_SAFE_INTEGER,
        ];
        for (const ttl of huge) {
          await put(driver, key(`put${ttl}`), 'x', { ttl });
          await put(driver, key(`touch${ttl}`), 'x');
          await touch(driver, key(`touch${ttl}`), ttl);
          await context.store().set(key(`store${ttl}`), 'x', { ttlMs: ttl });
        }
        await pass(20);
        for (const ttl of huge) {
          for (const how of ['put', 'touch', 'store']) {
            const entry = await read(driver, key(`${how}${ttl}`), true);
            if (how !== 'store' || !context.options.hooks) {
              ok(entry, `${how} with a ttl of ${ttl} ms is still there`);
              const left = entry.ttlMs ?? Number.POSITIVE_INFINITY;
              ok(
                left > Math.min(ttl - MINUTE, 29 * DAY),
                `${how} with a ttl of ${ttl} ms has ${left} ms left`,
              );
            }
          }
          equal(await context.store().get(key(`store${ttl}`)), 'x', `set with ${ttl} ms`);
        }
      },
    },
    {
      name: 'what has expired is absent to every operation',
      async run(context) {
        const { driver, key } = context;
        const names = ['absent', 'present', 'version', 'touch', 'delete', 'keep'];
        const versions = new Map<string, string>();
        for (const name of names) {
          await put(driver, key(name), 'old', { ttl: 250 });
          versions.set(name, (await read(driver, key(name)))?.version ?? 'gone');
        }
        if (!(await outlive(context, 250))) return;
        equal(
          (await put(driver, key('present'), 'new', { if: 'present' })).applied,
          false,
          'present',
        );
        const stale = { version: versions.get('version') ?? '' };
        equal((await put(driver, key('version'), 'new', { if: stale })).applied, false, 'version');
        equal((await touch(driver, key('touch'), MINUTE)).applied, false, 'touch');
        equal((await touch(driver, key('touch'), 'none')).applied, false, 'persist');
        equal((await remove(driver, key('delete'), 'present')).applied, false, 'delete if present');
        for (const name of ['present', 'version', 'touch', 'delete']) {
          equal(await read(driver, key(name)), undefined, `after ${name}`);
        }
        equal((await put(driver, key('absent'), 'new', { if: 'absent' })).applied, true, 'absent');
        await expectNoTtl(context, key('absent'), 'put over an expired key');
        await put(driver, key('keep'), 'new', { ttl: 'keep' });
        await expectNoTtl(context, key('keep'), 'keep over an expired key');
      },
    },
    {
      name: 'the store’s verbs of time',
      async run(context) {
        const { key, now, traits, tickMs } = context;
        const s = context.store();
        const since = now();
        const near = (left: number | undefined, ttl: number, what: string): void => {
          const passed = now() - since;
          const right =
            left !== undefined &&
            left >= ttl - passed - tickMs &&
            left <= ttl + traits.ttlResolutionMs + tickMs;
          ok(right, `${what}: ${left} ms left of ${ttl}`);
        };
        equal(await s.ttl(key()), undefined, 'ttl of nothing');
        equal(await s.expire(key(), MINUTE), false, 'expire of nothing');
        equal(await s.persist(key()), false, 'persist of nothing');
        equal(await s.has(key()), false, 'they create nothing');
        await s.set(key(), 1, { ttlMs: MINUTE });
        near(await s.ttl(key()), MINUTE, 'ttl');
        near((await s.getEntry(key()))?.ttlMs, MINUTE, 'getEntry');
        await s.set(key(), 2, { ttlMs: 'keep' });
        near(await s.ttl(key()), MINUTE, 'keep');
        await s.update(key(), () => ({ put: 3, result: 0 }));
        near(await s.ttl(key()), MINUTE, 'update keeps by default');
        const seen = await s.update(key(), (_, { ttlMs }) => ({ keep: true, result: ttlMs }), {
          withTtl: true,
        });
        near(seen, MINUTE, 'update is told');
        await s.update(key(), () => ({ put: 4, ttlMs: 2 * MINUTE, result: 0 }));
        near(await s.ttl(key()), 2 * MINUTE, 'update with a ttl');
        equal(await s.expire(key(), 3 * MINUTE), true, 'expire');
        near(await s.ttl(key()), 3 * MINUTE, 'after expire');
        equal(await s.persist(key()), true, 'persist');
        equal(await s.ttl(key()), Number.POSITIVE_INFINITY, 'after persist');
        await s.set(key(), 5, { ttlMs: MINUTE });
        await s.set(key(), 6);
        equal(await s.ttl(key()), Number.POSITIVE_INFINITY, 'a set without ttl removes it');
        await s.set(key('fraction'), 1, { ttlMs: MINUTE + 0.001 });
        near(await s.ttl(key('fraction')), MINUTE + 1, 'a fraction is rounded up');

        const view = s.with({ ttlMs: MINUTE });
        await view.set(key('view'), 1);
        near(await view.ttl(key('view')), MINUTE, 'the view’s default');
        await view.set(key('view'), 1, { ttlMs: 'none' });
        equal(await view.ttl(key('view')), Number.POSITIVE_INFINITY, 'none over the default');
        await view.update(key('created'), () => ({ put: 1, result: 0 }));
        near(await view.ttl(key('created')), MINUTE, 'created by update');
        await view.increment(key('counter'));
        near(await view.ttl(key('counter')), MINUTE, 'created by increment');
      },
    },
  ],
};
