import type { Condition, WriteResult } from '@grovekv/kv-core/driver';
import { equal, ok, rejects } from '../assert/assert.js';
import { add, put, read, readText, remove, text, touch, utf8, versionOf } from '../suite/probe.js';
import type { TestContext } from '../suite/test-context.js';
import type { Theme } from '../suite/theme.js';

/** A conflict's `current`, where it is given, is what is stored. */
async function expectResult(
  { driver }: TestContext,
  key: string,
  result: WriteResult,
  applied: boolean,
  what: string,
): Promise<void> {
  equal(result.applied, applied, what);
  if (result.applied || !result.current) return;
  const stored = await read(driver, key);
  const told = result.current.entry;
  equal(text(told?.value), text(stored?.value), `${what}: the value that the conflict tells`);
  equal(told?.version, stored?.version, `${what}: the version that the conflict tells`);
}

type Act = 'put' | 'touch' | 'delete';

function act(
  { driver }: TestContext,
  type: Act,
  key: string,
  condition: Condition,
): Promise<WriteResult> {
  if (type === 'put') return put(driver, key, 'new', { if: condition });
  if (type === 'touch') return touch(driver, key, 60_000, condition);
  return remove(driver, key, condition);
}

export const conditions: Theme = {
  name: 'conditions',
  tests: [
    {
      name: 'on a present key',
      async run(context) {
        const { driver, key } = context;
        for (const type of ['put', 'touch', 'delete'] as const) {
          for (const condition of ['any', 'absent', 'present', 'version', 'stale'] as const) {
            const k = key(`${type}-${condition}`);
            await put(driver, k, 'older');
            const stale = await versionOf(driver, k);
            await put(driver, k, 'old');
            const version = await versionOf(driver, k);
            const given =
              condition === 'version'
                ? { version }
                : condition === 'stale'
                  ? { version: stale }
                  : condition;
            const applies = condition !== 'absent' && condition !== 'stale';
            const result = await act(context, type, k, given);
            await expectResult(context, k, result, applies, `${type} if ${condition}`);
            const after = { put: 'new', touch: 'old', delete: undefined }[type];
            equal(
              await readText(driver, k),
              applies ? after : 'old',
              `after ${type} if ${condition}`,
            );
            const left = (await read(driver, k, true))?.ttlMs;
            const touched = type === 'touch' && applies;
            equal(left !== undefined, touched, `has a ttl after ${type} if ${condition}`);
          }
        }
      },
    },
    {
      name: 'on an absent key',
      async run(context) {
        const { driver, key } = context;
        await put(driver, key('other'), 'other');
        const version = await versionOf(driver, key('other'));
        for (const type of ['put', 'touch', 'delete'] as const) {
          for (const condition of ['any', 'absent', 'present', 'version'] as const) {
            if (type === 'delete' && condition === 'absent') continue;
            const k = key(`${type}-${condition}`);
            const given = condition === 'version' ? { version } : condition;
            const applies = type !== 'touch' && (condition === 'any' || condition === 'absent');
            const result = await act(context, type, k, given);
            await expectResult(context, k, result, applies, `${type} if ${condition}`);
            const after = type === 'put' && applies ? 'new' : undefined;
            equal(await readText(driver, k), after, `after ${type} if ${condition}`);
          }
        }
      },
    },
    {
      name: 'a version stands for one state only',
      async run({ driver, key }) {
        const k = key();
        const seen = new Map<string, string>();
        const current = async (): Promise<string> => {
          const version = await versionOf(driver, k);
          const value = (await readText(driver, k)) ?? '';
          const before = seen.get(version);
          ok(before === undefined || before === value, `version ${version} of two values`);
          seen.set(version, value);
          return version;
        };
        await put(driver, k, 'aa');
        const first = await current();
        equal(await current(), first, 'read again');
        await put(driver, k, 'bb');
        await current();
        await remove(driver, k);
        await put(driver, k, 'cc');
        await current();
        await put(driver, k, 'dd', { ttl: 60_000 });
        await current();
        await put(driver, k, '41');
        const before = await current();
        if (driver.increment) {
          await add(driver, k, 1);
          await current();
          equal(
            (await put(driver, k, 'x', { if: { version: before } })).applied,
            false,
            'increment',
          );
        }
        const last = await current();
        for (const version of seen.keys()) {
          if (version === last) continue;
          equal((await put(driver, k, 'x', { if: { version } })).applied, false, 'a stale version');
          equal((await remove(driver, k, { version })).applied, false, 'delete by a stale version');
        }
        equal((await put(driver, k, 'end', { if: { version: last } })).applied, true, 'the last');
      },
    },
    {
      name: 'the version that a write answers with can be used at once',
      async run({ driver, key }) {
        let result = await put(driver, key(), '0');
        for (let round = 1; round <= 10; round += 1) {
          ok(result.applied, `round ${round}`);
          const version: string = result.version ?? (await versionOf(driver, key()));
          result = await put(driver, key(), `${round}`, { if: { version } });
        }
        equal(await readText(driver, key()), '10', 'in the end');
      },
    },
    {
      name: 'a version that is told from bytes is that of a key that holds them, and of no other',
      needs: ['versionOf'],
      async run({ driver, key, random }) {
        const told = (bytes: Uint8Array): string => driver.versionOf?.(bytes) ?? '';
        const values = [
          new Uint8Array(),
          utf8('text'),
          utf8('0'.repeat(40)),
          utf8('é'),
          ...[1, 511, 512, 513, 5_000].map((size) => random.bytes(size)),
          ...[39, 40, 41, 512, 513].map((size) => utf8('a'.repeat(size))),
        ];
        for (const [index, value] of values.entries()) {
          const k = key(`${index}`);
          await put(driver, k, value);
          const entry = await read(driver, k);
          equal(entry?.version, told(value), `the version of ${value.length} bytes`);
          for (const other of values) {
            if (other === value) continue;
            const stale = await put(driver, k, 'wrong', { if: { version: told(other) } });
            equal(stale.applied, false, `${other.length} bytes for ${value.length}`);
          }
          const write = await put(driver, k, 'right', { if: { version: told(value) } });
          equal(write.applied, true, `a write on ${value.length} bytes`);
        }
      },
    },
    {
      name: 'a random sequence equals its model',
      async run(context) {
        const { driver, key, random } = context;
        const model = new Map<string, { value: string; version: string }>();
        const old: string[] = [];
        for (let step = 0; step < 250; step += 1) {
          const k = key(`k${random.int(0, 2)}`);
          const type = random.pick(['put', 'put', 'put', 'delete', 'touch'] as const);
          const there = model.get(k);
          const conditions: Condition[] = ['any', 'absent', 'present'];
          if (there) conditions.push({ version: there.version }, { version: there.version });
          if (old.length > 0) conditions.push({ version: random.pick(old) });
          const condition = random.pick(conditions);
          if (type === 'delete' && condition === 'absent') continue;
          const met =
            condition === 'any' ||
            (condition === 'absent' && !there) ||
            (condition === 'present' && there !== undefined) ||
            (typeof condition === 'object' && condition.version === there?.version);
          const applies = met && (type !== 'touch' || there !== undefined);
          const value = `value ${step}`;
          const what = `step ${step}: ${type} if ${JSON.stringify(condition)}`;
          const result =
            type === 'put'
              ? await put(driver, k, value, { if: condition })
              : type === 'delete'
                ? await remove(driver, k, condition)
                : await touch(driver, k, 60_000, condition);
          await expectResult(context, k, result, applies, what);
          if (applies && type !== 'touch') {
            if (there) old.push(there.version);
            model.delete(k);
            if (type === 'put') model.set(k, { value, version: await versionOf(driver, k) });
          } else if (applies && there) {
            model.set(k, { ...there, version: await versionOf(driver, k) });
          }
          equal(await readText(driver, k), model.get(k)?.value, `after ${what}`);
        }
      },
    },
    {
      name: 'the store’s conditions',
      async run({ store, key }) {
        const s = store();
        const k = key();
        equal(await s.set(k, 'x', { if: 'present' }), false, 'present, nothing there');
        equal(await s.has(k), false, 'nothing written');
        equal(await s.set(k, 'a', { if: 'absent' }), true, 'absent');
        equal(await s.set(k, 'x', { if: 'absent' }), false, 'absent, something there');
        equal(await s.set(k, 'b', { if: 'present' }), true, 'present');
        const entry = await s.getEntry(k);
        const version = entry?.version ?? '';
        equal(await s.set(k, 'c', { if: { version } }), true, 'by version');
        equal(await s.set(k, 'x', { if: { version } }), false, 'by a stale version');
        equal(await s.expire(k, 60_000, { if: { version } }), false, 'expire by a stale version');
        equal(await s.persist(k, { if: { version } }), false, 'persist by a stale version');
        equal(await s.delete(k, { if: { version } }), false, 'delete by a stale version');
        equal(await s.get(k), 'c', 'the value');
        const now = (await s.getEntry(k))?.version ?? '';
        equal(await s.expire(k, 60_000, { if: { version: now } }), true, 'expire by version');
        const touched = (await s.getEntry(k))?.version ?? '';
        equal(await s.delete(k, { if: { version: touched } }), true, 'delete by version');
        equal(await s.has(k), false, 'in the end');
        for (const bad of ['maybe', {}, { version: '' }, { version: 1 }] as never[]) {
          await rejects(() => s.set(k, 1, { if: bad }), 'INVALID_ARGUMENT', 'set if nonsense');
          await rejects(() => s.delete(k, { if: bad }), 'INVALID_ARGUMENT', 'delete if nonsense');
        }
        equal(await s.has(k), false, 'after nonsense');
      },
    },
  ],
};
