import type { Check, Driver, Write } from '@grovekv/kv-core/driver';
import { equal, fail, ok, rejects } from '../assert/assert.js';
import { put, read, readText, utf8, versionOf } from '../suite/probe.js';
import type { Theme } from '../suite/theme.js';

async function commitOf(
  driver: Driver,
  checks: readonly Check[],
  writes: readonly Write[],
): Promise<boolean> {
  const { commit } = driver;
  if (!commit) return fail('the driver has no commit');
  return commit.call(driver, checks, writes, { timeoutMs: 10_000 });
}

function putIf(key: string, value: string, condition: Write['condition'] = 'any'): Write {
  return { type: 'put', key, condition, value: utf8(value), ttl: 'none' };
}

export const commit: Theme = {
  name: 'commit',
  tests: [
    {
      name: 'without a commit the store says NOT_SUPPORTED',
      async run({ store, traits, key }) {
        const s = store();
        const call = () => s.atomic({ writes: [{ type: 'set', key: key('{t}a'), value: 1 }] });
        if (traits.commit === false) {
          await rejects(call, 'NOT_SUPPORTED', 'atomic');
          equal(await s.has(key('{t}a')), false, 'nothing was written');
        } else {
          equal(await call(), true, 'atomic');
          equal(await s.get(key('{t}a')), 1, 'written');
        }
      },
    },
    {
      name: 'all writes apply together',
      needs: ['commit'],
      async run({ driver, key }) {
        const k = (name: string): string => key(`{t}${name}`);
        await put(driver, k('old'), 'x');
        await put(driver, k('ttl'), 'x');
        await put(driver, k('check'), 'x');
        const version = await versionOf(driver, k('check'));
        const done = await commitOf(
          driver,
          [
            { key: k('check'), condition: { version } },
            { key: k('nothing'), condition: 'absent' },
          ],
          [
            putIf(k('new'), 'new', 'absent'),
            { type: 'delete', key: k('old'), condition: 'present' },
            { type: 'touch', key: k('ttl'), condition: 'any', ttl: 60_000 },
          ],
        );
        equal(done, true, 'commit');
        equal(await readText(driver, k('new')), 'new', 'put');
        equal(await read(driver, k('old')), undefined, 'deleted');
        ok((await read(driver, k('ttl'), true))?.ttlMs !== undefined, 'touched');
        equal(await readText(driver, k('check')), 'x', 'the checked key');
      },
    },
    {
      name: 'one unmet condition, and nothing applies',
      needs: ['commit'],
      async run({ driver, key }) {
        const k = (name: string): string => key(`{t}${name}`);
        await put(driver, k('a'), 'old');
        await put(driver, k('b'), 'older');
        const stale = { version: await versionOf(driver, k('b')) };
        await put(driver, k('b'), 'old');
        const cases: readonly [string, readonly Check[], readonly Write[]][] = [
          ['a check: present', [{ key: k('none'), condition: 'present' }], []],
          ['a check: absent', [{ key: k('b'), condition: 'absent' }], []],
          ['a check: stale', [{ key: k('b'), condition: stale }], []],
          ['a put: absent', [], [putIf(k('b'), 'x', 'absent')]],
          ['a put: present', [], [putIf(k('none'), 'x', 'present')]],
          ['a put: stale', [], [putIf(k('b'), 'x', stale)]],
          ['a delete: present', [], [{ type: 'delete', key: k('none'), condition: 'present' }]],
          ['a delete: stale', [], [{ type: 'delete', key: k('b'), condition: stale }]],
          [
            'a touch of nothing',
            [],
            [{ type: 'touch', key: k('none'), condition: 'any', ttl: 60_000 }],
          ],
        ];
        for (const [what, checks, writes] of cases) {
          for (const late of [false, true]) {
            const others = [putIf(k('a'), 'changed'), putIf(k('fresh'), 'x', 'absent')];
            const all = late ? [...others, ...writes] : [...writes, ...others];
            equal(await commitOf(driver, checks, all), false, what);
            equal(await readText(driver, k('a')), 'old', `a after ${what}`);
            equal(await readText(driver, k('b')), 'old', `b after ${what}`);
            equal(await read(driver, k('fresh')), undefined, `fresh after ${what}`);
            equal(await read(driver, k('none')), undefined, `none after ${what}`);
          }
        }
      },
    },
    {
      name: 'transfers between accounts keep the sum, and readers by commit see it',
      needs: ['commit'],
      async run({ stores, key, random }) {
        const all = await stores(3);
        const first = all[0] ?? fail('no store');
        const accounts = Array.from({ length: 4 }, (_, index) => key(`{t}account${index}`));
        for (const account of accounts) await first.set(account, 100);
        await Promise.all(
          all.map(async (store) => {
            const own = random.fork();
            for (let done = 0; done < 15; ) {
              const [from, to] = own.shuffle(accounts) as [string, string];
              const [a, b] = await Promise.all([
                store.getEntry<number>(from),
                store.getEntry<number>(to),
              ]);
              if (!a || !b) return fail('an account is missing');
              const amount = own.int(1, 20);
              const applied = await store.atomic({
                writes: [
                  { type: 'set', key: from, value: a.value - amount, if: { version: a.version } },
                  { type: 'set', key: to, value: b.value + amount, if: { version: b.version } },
                ],
              });
              if (applied) done += 1;
            }
          }),
        );
        const values = await first.getMany<number>(accounts);
        equal(
          values.reduce<number>((sum, value) => sum + (value ?? 0), 0),
          400,
          'the sum',
        );
      },
    },
    {
      name: 'the store refuses what has no order or is too large, and writes nothing',
      needs: ['commit'],
      async run({ store, traits, key }) {
        const s = store();
        const k = (name: string): string => key(`{t}${name}`);
        const set = (name: string) => ({ type: 'set', key: k(name), value: 1 }) as const;
        await rejects(
          () => s.atomic({ writes: [set('a'), set('a')] }),
          'INVALID_ARGUMENT',
          'twice',
        );
        await rejects(
          () => s.atomic({ checks: [{ key: k('a'), if: 'any' as never }], writes: [set('a')] }),
          'INVALID_ARGUMENT',
          'a check that always holds',
        );
        await rejects(
          () => s.atomic({ writes: [set('a'), { ...set('b'), value: undefined }] }),
          'INVALID_VALUE',
          'a bad value',
        );
        const { maxOperations } = traits.commit === false ? { maxOperations: 0 } : traits.commit;
        if (maxOperations <= 10_000) {
          const writes = Array.from({ length: maxOperations + 1 }, (_, index) => set(`m${index}`));
          await rejects(() => s.atomic({ writes }), undefined, 'one operation too many');
          equal(await s.has(k('m0')), false, 'the first of too many');
        }
        equal(await s.getMany([k('a'), k('b')]), [undefined, undefined], 'nothing was written');
      },
    },
    {
      name: 'across slots a commit works or is refused whole',
      needs: ['commit'],
      async run({ store, key, traits }) {
        const s = store();
        const keys = ['{a}1', '{b}2', '{c}3', '{d}4'].map((name) => key(name));
        const writes = keys.map((k) => ({ type: 'set', key: k, value: 1 }) as const);
        let done = true;
        try {
          ok(await s.atomic({ writes }), 'no condition, so it applies');
        } catch {
          done = false;
          ok(
            traits.commit && traits.commit.scope === 'slot',
            'only a slot-bound driver may refuse',
          );
        }
        equal(
          await s.getMany(keys),
          keys.map(() => (done ? 1 : undefined)),
          'all or nothing',
        );
      },
    },
  ],
};
