import { createHash } from 'node:crypto';
import type { Store } from '@grovekv/kv-core';
import type { ManualClock } from '@grovekv/kv-core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { GONE, HOUR, type Loaded, World } from '../../test/world.js';
import { createSessionStore, type SessionOptions } from '../index.js';

let world: World;
let clock: ManualClock;
let store: Store;
const make: World['make'] = (...args) => world.make(...args);
const dump = (): Promise<string> => world.dump();

beforeEach(() => {
  world = new World();
  ({ clock, store } = world);
});

describe('a session', () => {
  it('is made, found by its id, changed, and found so by others', async () => {
    const sessions = make();
    const session = await sessions.create({ theme: 'dark' });
    expect(session.id).toMatch(/^[A-Za-z0-9_-]{43}$/);
    session.data.step = 1;
    expect((await make().get(session.id))?.data).toEqual({ theme: 'dark' });
    await sessions.save(session);
    expect(await make().get(session.id)).toMatchObject({
      id: session.id,
      data: { theme: 'dark', step: 1 },
    });
    expect((await sessions.create({})).id).not.toBe(session.id);
  });

  it('is stored under the hash of its id, which is nowhere in the store', async () => {
    const { id } = await make().create({}, { user: 'ada' });
    const text = await dump();
    expect(text).not.toContain(id);
    expect(text).toContain(`sess:id:${createHash('sha256').update(id).digest('base64url')} `);
  });

  it('is not found by what is no id, nor made by it', async () => {
    const sessions = make();
    const { id } = await sessions.create({});
    const unknown = `${id.slice(0, -1)}${id.endsWith('A') ? 'B' : 'A'}`;
    const bad = [
      '',
      'x',
      `${id}\r\n`,
      `${id}x`,
      id.slice(1),
      'x'.repeat(1_000_000),
      unknown,
      7,
      null,
      undefined,
      {},
      [id],
    ];
    const before = await dump();
    for (const wrong of bad) {
      expect(await sessions.get(wrong)).toBeUndefined();
      expect(await sessions.update(wrong, () => 1)).toBeUndefined();
      expect(
        await sessions.destroy(wrong as string).catch((error: { code: string }) => error.code),
      ).toSatisfy((answer) => answer === false || answer === 'INVALID_ARGUMENT');
    }
    expect(await dump()).toBe(before);
  });

  it('keeps hostile fields as data', async () => {
    const sessions = createSessionStore(store, { ttlMs: HOUR });
    const hostile = JSON.parse('{"__proto__":{"admin":true},"constructor":1,"a b":"\\u0000"}');
    const { id } = await sessions.create(hostile);
    const session = await sessions.get(id);
    expect(Object.keys(session!.data).sort()).toEqual(['__proto__', 'a b', 'constructor']);
    expect((session!.data as { admin?: boolean }).admin).toBeUndefined();
    session!.data.more = 1;
    await sessions.save(session!);
    expect(Object.keys((await sessions.get(id))!.data)).toContain('__proto__');
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
    for (const bad of [null, 7, [], { when: new Date() }, { x: undefined }]) {
      await expect(sessions.create(bad as object as Record<string, unknown>)).rejects.toMatchObject(
        { code: 'INVALID_VALUE' },
      );
    }
  });

  it('ends when it is idle for its time; saving and touching start that anew', async () => {
    const sessions = make();
    const session = await sessions.create({});
    await clock.advance(HOUR - 1);
    expect(await sessions.touch(session)).toBe(true);
    await clock.advance(HOUR - 1);
    session.data.step = 1;
    await sessions.save(session);
    await clock.advance(HOUR - 1);
    expect((await sessions.get(session.id))?.data).toEqual({ step: 1 });
    await clock.advance(1);
    expect(await sessions.get(session.id)).toBeUndefined();
    expect(await sessions.touch(session)).toBe(false);
    await expect(sessions.save(session)).rejects.toMatchObject(GONE);
    expect(await sessions.get(session.id)).toBeUndefined();
  });

  it('ends at its absolute time however much it is used, also when its id was renewed', async () => {
    const sessions = make({ absoluteMs: 2 * HOUR });
    let session = await sessions.create({});
    const { endsAt } = session;
    expect(endsAt).toBe(clock.now() + 2 * HOUR);
    await clock.advance(HOUR - 1);
    session = await sessions.regenerate(session);
    expect(session.endsAt).toBe(endsAt);
    await clock.advance(HOUR - 1);
    expect(await sessions.touch(session)).toBe(true);
    await clock.advance(1);
    expect(await sessions.touch(session)).toBe(true);
    await clock.advance(1);
    expect(await sessions.get(session.id)).toBeUndefined();
    expect(await sessions.touch(session)).toBe(false);
  });

  it('leaves a value for the next request', async () => {
    const sessions = make();
    const session = await sessions.create({});
    session.setFlash('notice', 'saved');
    await sessions.save(session);
    const next = (await sessions.get(session.id))!;
    expect(next.data).toEqual({});
    expect([next.takeFlash('notice'), next.takeFlash('notice')]).toEqual(['saved', undefined]);
    await sessions.save(next);
    expect((await sessions.get(session.id))!.takeFlash('notice')).toBeUndefined();
  });
});

describe('saving', () => {
  it('keeps what others have saved in other fields, and shows it', async () => {
    const { id } = await make().create({ cart: ['tea'], theme: 'dark' });
    const [one, two, three] = [make(), make(), make()];
    const found = await Promise.all([one.get(id), two.get(id), three.get(id)]);
    const [a, b, c] = found.map((session) => session!) as [Loaded, Loaded, Loaded];
    a.data.cart!.push('cake');
    b.data.theme = 'light';
    c.data.step = 3;
    await Promise.all([one.save(a), two.save(b), three.save(c)]);
    expect((await make().get(id))!.data).toEqual({
      cart: ['tea', 'cake'],
      theme: 'light',
      step: 3,
    });
    await one.save(a);
    expect(a.data).toEqual({ cart: ['tea', 'cake'], theme: 'light', step: 3 });
  });

  it('refuses a field that both have changed, and changes nothing', async () => {
    const sessions = make();
    const { id } = await sessions.create({ step: 1 });
    const [a, b] = [(await sessions.get(id))!, (await sessions.get(id))!];
    a.data.step = 2;
    b.data.step = 3;
    b.data.theme = 'light';
    await sessions.save(a);
    await expect(sessions.save(b)).rejects.toMatchObject({
      code: 'SESSION_CONFLICT',
      fields: ['step'],
    });
    expect((await sessions.get(id))!.data).toEqual({ step: 2 });
    b.data.step = 2;
    await sessions.save(b);
    expect((await sessions.get(id))!.data).toEqual({ step: 2, theme: 'light' });
  });

  it('refuses any concurrent change if told so', async () => {
    const sessions = make({ concurrency: 'reject' });
    const { id } = await sessions.create({});
    const [a, b] = [(await sessions.get(id))!, (await sessions.get(id))!];
    a.data.step = 2;
    b.data.theme = 'light';
    await sessions.save(a);
    await expect(sessions.save(b)).rejects.toMatchObject({ code: 'SESSION_CONFLICT', fields: [] });
    a.data.step = 3;
    await sessions.save(a);
    expect((await sessions.get(id))!.data).toEqual({ step: 3 });
  });

  it('stores what is changed in place, again and again, as it was at the call', async () => {
    const sessions = make();
    const first = { cart: ['tea'] };
    const session = await sessions.create(first);
    first.cart.push('not this');
    for (const more of ['cake', 'milk']) {
      session.data.cart!.push(more);
      const saving = sessions.save(session);
      session.data.cart!.push('later');
      await saving;
      session.data.cart!.splice(session.data.cart!.indexOf('later'), 1);
    }
    await sessions.save(session);
    expect((await make().get(session.id))!.data).toEqual({ cart: ['tea', 'cake', 'milk'] });
    const cycle: Record<string, unknown> = {};
    cycle['cycle'] = cycle;
    for (const bad of [cycle, new Date(), new Map(), () => 1]) {
      session.data.theme = bad as unknown as string;
      await expect(sessions.save(session)).rejects.toMatchObject({ code: 'INVALID_VALUE' });
    }
    expect((await make().get(session.id))!.data).toEqual({ cart: ['tea', 'cake', 'milk'] });
  });

  it('removes fields', async () => {
    const sessions = make();
    const session = await sessions.create({ theme: 'dark', step: 1 });
    delete session.data.theme;
    await sessions.save(session);
    expect((await sessions.get(session.id))!.data).toEqual({ step: 1 });
  });

  it('update changes fields at once, whoever else does', async () => {
    const sessions = make();
    const { id } = await sessions.create({ step: 0 });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        (index % 2 ? make() : sessions).update(id, (data) => {
          data.step = (data.step ?? 0) + 1;
          return data.step;
        }),
      ),
    );
    expect(new Set(answers.map((answer) => answer?.result)).size).toBe(50);
    expect((await sessions.get(id))!.data.step).toBe(50);
  });
});

describe('a destroyed session', () => {
  it('stays so: no save, touch, update or regenerate brings it back', async () => {
    const sessions = make();
    for (const user of [undefined, 'ada']) {
      const session = await sessions.create({}, { user });
      const others = await Promise.all([0, 1, 2].map(() => make().get(session.id)));
      expect(await make().destroy(session.id)).toBe(true);
      expect(await sessions.destroy(session)).toBe(false);
      others[0]!.data.step = 1;
      await expect(sessions.save(others[0]!)).rejects.toMatchObject(GONE);
      expect(await sessions.touch(others[1]!)).toBe(false);
      await expect(sessions.regenerate(others[2]!)).rejects.toMatchObject(GONE);
      expect(await sessions.update(session.id, () => 1)).toBeUndefined();
      expect(await sessions.get(session.id)).toBeUndefined();
    }
    expect(await sessions.list('ada')).toEqual([]);
  });

  it('however saves and its end race', async () => {
    for (let round = 0; round < 30; round += 1) {
      const sessions = make();
      const session = await sessions.create({});
      const copies = await Promise.all([0, 1, 2, 3].map(() => make().get(session.id)));
      const all = copies.map((copy, index) => {
        copy!.data.step = index;
        return make()
          .save(copy!)
          .catch((error: { code: string }) => error.code);
      });
      all.splice(round % 5, 0, sessions.destroy(session) as never);
      await Promise.all(all);
      expect(await sessions.get(session.id)).toBeUndefined();
    }
  });
});

describe('mistakes', () => {
  it('are refused before anything is stored', async () => {
    const bad = [
      { ttlMs: 0 },
      { ttlMs: -1 },
      { ttlMs: '1h' },
      { absoluteMs: 0 },
      { maxPerUser: 0 },
      { graceMs: -1 },
      { concurrency: 'x' },
    ];
    for (const options of bad) {
      expect(() => make(options as Partial<SessionOptions>)).toThrow(
        expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
      );
    }
    const sessions = make();
    for (const user of ['', '\ud800', 7 as unknown as string]) {
      await expect(sessions.create({}, { user })).rejects.toMatchObject({
        code: 'INVALID_ARGUMENT',
      });
      await expect(sessions.revokeAll(user)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    }
    await expect(sessions.save({ id: 'x', data: {} } as never)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect(await dump()).toBe('');
  });

  it('bytes that are no session are an error, never "missing"', async () => {
    const sessions = make();
    const { id } = await sessions.create({});
    const key = `sess:id:${createHash('sha256').update(id).digest('base64url')}`;
    for (const wrong of ['null', '{}', '{"v":2}', '{"v":1,"data":[]}', 'x']) {
      await store.raw.set(key, new TextEncoder().encode(wrong));
      await expect(sessions.get(id)).rejects.toMatchObject({ code: 'CORRUPT_VALUE' });
    }
  });
});
