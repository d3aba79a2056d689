import * as v from 'valibot';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { xorHook } from '../../../test/support/xor-hook.js';
import { memoryDriver } from '../../memory.js';
import { msgpack } from '../codec/msgpack.js';
import { createStore } from '../store/create-store.js';
import type { Store } from '../store/store.js';
import { createManualClock } from '../testing/manual-clock.js';
import { createKeyspace, type Keyspace } from './create-keyspace.js';

const User = v.object({ name: v.pipe(v.string(), v.minLength(1)), age: v.optional(v.number()) });
type User = v.InferOutput<typeof User>;

function setup() {
  const clock = createManualClock();
  const driver = memoryDriver({ clock });
  const store = createStore({ driver });
  return { clock, store, users: createKeyspace(store, 'user', { schema: User }) };
}

describe('createKeyspace', () => {
  it('is typed by its schema, and a Store like any other', async () => {
    const { users } = setup();
    expectTypeOf(users).toEqualTypeOf<Keyspace<User>>();
    expectTypeOf(users.get('a')).resolves.toEqualTypeOf<User | undefined>();
    expectTypeOf(users.set).parameter(1).toEqualTypeOf<User>();
    expectTypeOf<Keyspace<User>>().toExtend<Store<User>>();
    await users.set('ada', { name: 'Ada', age: 36 });
    expect(await users.get('ada')).toEqual({ name: 'Ada', age: 36 });
    expect((await users.getEntry('ada'))?.value.name).toBe('Ada');
  });

  it('lets no value in that does not fit, by any verb', async () => {
    const { users, store } = setup();
    const bad = { name: '' };
    const type = 'set';
    const calls = [
      users.set('a', bad),
      users.setMany([['a', bad]]),
      users.batch([{ type, key: 'a', value: bad }]),
      users.atomic({ writes: [{ type, key: 'a', value: bad }] }),
      users.update('a', () => ({ put: bad, result: 0 })),
      users.set('a', { name: 5 } as never),
      users.set('a', null as never),
    ];
    for (const call of calls) {
      await expect(call).rejects.toMatchObject({ code: 'INVALID_VALUE', key: 'a' });
    }
    expect(await store.has('user:a')).toBe(false);
    await expect(users.set('a', bad)).rejects.toThrow(/length/);
  });

  it('lets no value out that does not fit', async () => {
    const { users, store } = setup();
    await store.set('user:a', { name: 5 });
    const corrupt = { code: 'CORRUPT_VALUE', key: 'a' };
    await expect(users.get('a')).rejects.toMatchObject(corrupt);
    await expect(users.getMany(['b', 'a'])).rejects.toMatchObject(corrupt);
    await expect(users.getEntry('a')).rejects.toMatchObject(corrupt);
    await expect(users.update('a', () => ({ keep: true, result: 0 }))).rejects.toMatchObject(
      corrupt,
    );
    expect(await users.has('a')).toBe(true);
    expect(await users.delete('a')).toBe(true);
  });

  it('stores what the schema makes of a value', async () => {
    const { users, store } = setup();
    await users.set('a', { name: 'Ada', extra: 1 } as never);
    expect(await store.get('user:a')).toEqual({ name: 'Ada' });
  });

  it('refuses a schema that needs to wait', async () => {
    const { store } = setup();
    const schema = v.pipeAsync(
      v.string(),
      v.checkAsync(async () => false),
    );
    const texts = createKeyspace(store, 'text', { schema: schema as never });
    await expect(texts.set('a', 'x' as never)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('a schema that throws refuses the value', async () => {
    const { store } = setup();
    const validate = (): never => {
      throw new Error('schema');
    };
    const schema = { '~standard': { version: 1, vendor: 'toy', validate } } as const;
    const space = createKeyspace<string>(store, 's', { schema });
    await expect(space.set('a', 'x')).rejects.toMatchObject({ code: 'INVALID_VALUE', key: 'a' });
  });

  it('gives what it writes its time to live, unless the call says otherwise', async () => {
    const { store, clock } = setup();
    const space = createKeyspace<unknown>(store, 'tmp', { ttlMs: 1_000 });
    const type = 'set';
    await space.set('set', 1);
    await space.setMany([['many', 1]]);
    await space.batch([{ type, key: 'batch', value: 1 }]);
    await space.atomic({ writes: [{ type, key: 'atomic', value: 1 }] });
    await space.update('update', () => ({ put: 1, result: 0 }));
    await space.increment('increment');
    await space.set('own', 1, { ttlMs: 5_000 });
    await space.set('none', 1, { ttlMs: 'none' });
    await space.increment('kept', 1, { ttlMs: 5_000 });
    await space.increment('kept');
    for (const key of ['set', 'many', 'batch', 'atomic', 'update', 'increment']) {
      expect([key, await space.ttl(key)]).toEqual([key, 1_000]);
    }
    expect([await space.ttl('own'), await space.ttl('none'), await space.ttl('kept')]).toEqual([
      5_000,
      Number.POSITIVE_INFINITY,
      5_000,
    ]);
    await clock.advance(400);
    await space.update('update', () => ({ put: 2, result: 0 }));
    await space.set('set', 2, { ttlMs: 'keep' });
    await space.increment('increment');
    expect([
      await space.ttl('update'),
      await space.ttl('set'),
      await space.ttl('increment'),
    ]).toEqual([600, 600, 600]);
    await space.set('set', 3);
    expect(await space.ttl('set')).toBe(1_000);
  });

  it('keeps apart from other keyspaces, lists its own keys, takes hooks and codec of its own', async () => {
    const { store, users } = setup();
    const dates = createKeyspace<Date>(store, 'user2', { codec: msgpack(), hooks: [xorHook()] });
    await users.set('a', { name: 'Ada' });
    await dates.set('a', new Date(5));
    expect(await dates.get('a')).toEqual(new Date(5));
    expect((await store.raw.get('user2:a'))?.[0]).toBe(0xd7);
    const listed: string[] = [];
    for await (const key of dates.keys()) listed.push(key);
    expect(listed).toEqual(['a']);
    expect(await users.get('a')).toEqual({ name: 'Ada' });
  });

  it('refuses a prefix or ttl that cannot be right', () => {
    const { store } = setup();
    for (const prefix of ['', '\ud800', 5] as string[]) {
      expect(() => createKeyspace(store, prefix)).toThrow('namespace');
    }
    for (const ttlMs of [0, -1, Number.NaN]) {
      expect(() => createKeyspace(store, 'a', { ttlMs })).toThrow('ttl');
    }
  });
});
