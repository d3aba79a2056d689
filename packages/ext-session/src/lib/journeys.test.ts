import type { Store } from '@grovekv/kv-core';
import type { ManualClock } from '@grovekv/kv-core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { GONE, HOUR, World } from '../../test/world.js';

let world: World;
let clock: ManualClock;
let store: Store;
const make: World['make'] = (...args) => world.make(...args);
const dump = (): Promise<string> => world.dump();

beforeEach(() => {
  world = new World();
  ({ clock, store } = world);
});

describe('a new id', () => {
  it('at log-in: the old one is dead at once, the data moves, time begins anew', async () => {
    const sessions = make({ absoluteMs: 2 * HOUR });
    const anonymous = await sessions.create({ cart: ['tea'] });
    await clock.advance(1_000);
    anonymous.data.theme = 'dark';
    const session = await sessions.regenerate(anonymous, { user: 'ada' });
    expect(session.id).not.toBe(anonymous.id);
    expect(session).toMatchObject({ user: 'ada', data: { cart: ['tea'], theme: 'dark' } });
    expect(session.endsAt).toBe(clock.now() + 2 * HOUR);
    expect(await make().get(anonymous.id)).toBeUndefined();
    await expect(sessions.save(anonymous)).rejects.toMatchObject(GONE);
    expect((await make().get(session.id))?.user).toBe('ada');
    expect(await sessions.list('ada')).toHaveLength(1);
    const out = await sessions.regenerate(session, { user: null });
    expect(out.user).toBeUndefined();
    expect(await sessions.list('ada')).toEqual([]);
    expect(await sessions.get(session.id)).toBeUndefined();
  });

  it('without a log-in: the old one leads to the session for a while, for saves too', async () => {
    const sessions = make({ graceMs: 5_000 });
    for (const user of [undefined, 'ada']) {
      const old = await sessions.create({ step: 1 }, { user });
      const underWay = (await make().get(old.id))!;
      const session = await sessions.regenerate(old);
      underWay.data.theme = 'dark';
      await make().save(underWay);
      expect((await make().get(session.id))!.data).toEqual({ step: 1, theme: 'dark' });
      expect((await make().get(old.id))!.data).toEqual({ step: 1, theme: 'dark' });
      if (user) expect(await sessions.list(user)).toHaveLength(1);
      await clock.advance(5_000);
      expect(await make().get(old.id)).toBeUndefined();
      expect(await make().get(session.id)).toBeDefined();
      await expect(make().save(old)).rejects.toMatchObject(GONE);
    }
  });

  it('destroyed by its old id is destroyed', async () => {
    const sessions = make();
    const old = await sessions.create({}, { user: 'ada' });
    const session = await sessions.regenerate(old);
    expect(await make().destroy(old.id)).toBe(true);
    expect(await sessions.get(session.id)).toBeUndefined();
    expect(await sessions.get(old.id)).toBeUndefined();
  });

  it('of a move that broke off is found by whoever comes, and nothing is lost', async () => {
    for (const user of [undefined, 'ada']) {
      const old = await make().create({ step: 1 }, { user });
      // Every write of the move but the first fails, as if the process had died there.
      let writes = 0;
      const dying = store.with({
        hooks: [
          {
            name: 'dies',
            around: (command, next) => {
              if (command.verb !== 'get') writes += 1;
              return writes > 1 ? Promise.reject(new Error('dead')) : next(command);
            },
          },
        ],
      });
      const there = make({}, dying);
      const loaded = (await there.get(old.id))!;
      loaded.data.theme = 'dark';
      await expect(there.regenerate(loaded)).rejects.toThrow('dead');
      const found = await Promise.all([make().get(old.id), make().get(old.id), make().get(old.id)]);
      for (const session of found) expect(session?.data).toEqual({ step: 1, theme: 'dark' });
      found[0]!.data.step = 2;
      await make().save(found[0]!);
      expect((await make().get(old.id))!.data).toEqual({ step: 2, theme: 'dark' });
    }
  });
});

describe('the sessions of a user', () => {
  it('are listed, and one of them or all others are ended', async () => {
    const sessions = make();
    const phone = await sessions.create({ theme: 'phone' }, { user: 'ada' });
    await clock.advance(5);
    const laptop = await sessions.create({ theme: 'laptop' }, { user: 'ada' });
    const other = await sessions.create({}, { user: 'bob' });
    const list = await make().list('ada');
    expect(list.map(({ data }) => data.theme)).toEqual(['phone', 'laptop']);
    expect(list[0]!.createdAt).toBe(list[1]!.createdAt - 5);
    expect(JSON.stringify(list)).not.toContain(phone.id);
    expect(await sessions.revoke('ada', list[0]!.handle)).toBe(true);
    expect(await sessions.revoke('ada', list[0]!.handle)).toBe(false);
    expect(await make().get(phone.id)).toBeUndefined();
    const third = await sessions.create({}, { user: 'ada' });
    expect(await sessions.revokeAll('ada', { except: laptop })).toBe(true);
    expect(await make().get(third.id)).toBeUndefined();
    expect(await make().get(laptop.id)).toBeDefined();
    expect(await sessions.revokeAll('ada')).toBe(true);
    expect(await sessions.revokeAll('ada')).toBe(false);
    expect(await sessions.get(laptop.id)).toBeUndefined();
    await expect(sessions.save(laptop)).rejects.toMatchObject(GONE);
    expect(await sessions.touch(laptop)).toBe(false);
    expect(await sessions.get(other.id)).toBeDefined();
    expect(await sessions.list('ada')).toEqual([]);
  });

  it('are all ended by one write, those included whose making is under way', async () => {
    const sessions = make();
    let hold: Promise<void> | undefined;
    const slow = store.with({
      hooks: [
        {
          name: 'slow',
          around: async (command, next) => {
            if (command.verb === 'mutate') await hold;
            return next(command);
          },
        },
      ],
    });
    let release: () => void = () => undefined;
    hold = new Promise((resolve) => {
      release = resolve;
    });
    const made = make({}, slow).create({}, { user: 'ada' });
    await clock.advance(1);
    // It is stored and not listed yet: it does not count before it is.
    expect(await sessions.revokeAll('ada')).toBe(false);
    release();
    expect(await sessions.get((await made).id)).toBeDefined();
    expect(await sessions.revokeAll('ada')).toBe(true);
    expect(await sessions.get((await made).id)).toBeUndefined();
  });

  it('are at most so many: the oldest ends', async () => {
    const sessions = make({ maxPerUser: 2 });
    const made = [];
    for (let index = 0; index < 3; index += 1)
      made.push(await sessions.create({}, { user: 'ada' }));
    const found = await Promise.all(made.map(({ id }) => make().get(id)));
    expect(found.map((session) => session !== undefined)).toEqual([false, true, true]);
    const both = await Promise.all(
      [1, 2, 3, 4].map(() => make({ maxPerUser: 2 }).create({}, { user: 'eve' })),
    );
    const alive = await Promise.all(both.map(({ id }) => make().get(id)));
    expect(alive.filter(Boolean)).toHaveLength(2);
  });

  it('that have expired are dropped from the list', async () => {
    const sessions = make();
    await sessions.create({}, { user: 'ada' });
    await clock.advance(HOUR);
    await sessions.create({ step: 2 }, { user: 'ada' });
    expect(await sessions.list('ada')).toHaveLength(1);
    expect((await dump()).match(/user:ada .*/)?.[0]?.match(/[A-Za-z0-9_-]{43}/g)).toHaveLength(1);
  });

  it('whose record was lost count as ended', async () => {
    const sessions = make();
    const session = await sessions.create({}, { user: 'ada' });
    await store.delete('sess:user:ada');
    expect(await sessions.get(session.id)).toBeUndefined();
    await expect(sessions.save(session)).rejects.toMatchObject(GONE);
  });
});
