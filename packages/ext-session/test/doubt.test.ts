import { createStore } from '@grovekv/kv-core';
import type { Write } from '@grovekv/kv-core/driver';
import { createManualClock } from '@grovekv/kv-core/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { type LossyDriver, lossyDriver } from '../../../tests/support/lossy-driver.js';
import { createSessionStore, type SessionStore } from '../src/index.js';

type Data = Record<string, unknown>;

const ofSession = ({ key }: Write): boolean => key.includes('id:');
const ofUser = ({ key }: Write): boolean => key.includes('user:');

function count(data: Data): number {
  data.count = (data.count as number) + 1;
  return data.count as number;
}

describe('a write whose reply was lost', () => {
  let driver: LossyDriver;
  let mine: SessionStore<Data>;
  let others: SessionStore<Data>;

  beforeEach(() => {
    const clock = createManualClock();
    driver = lossyDriver(clock);
    mine = createSessionStore<Data>(createStore({ driver, clock }), { ttlMs: 60_000 });
    others = createSessionStore<Data>(createStore({ driver, clock }), { ttlMs: 60_000 });
  });

  it('of many updates at once: each counts once', async () => {
    const { id } = await mine.create({ count: 0 });
    driver.loseReply(ofSession);
    await Promise.all(Array.from({ length: 40 }, () => mine.update(id, count)));
    expect((await others.get(id))?.data).toEqual({ count: 40 });
  });

  it('of an update, with a few by others since: it counts once', async () => {
    const { id } = await mine.create({ count: 0 });
    driver.loseReply(ofSession, async () => {
      for (let turn = 0; turn < 3; turn += 1) await others.update(id, count);
    });
    await mine.update(id, count);
    expect((await others.get(id))?.data).toEqual({ count: 4 });
  });

  it('of an update, with very many by others since: it is not made twice, and says so', async () => {
    const { id } = await mine.create({ count: 0 });
    driver.loseReply(ofSession, async () => {
      for (let turn = 0; turn < 10; turn += 1) await others.update(id, count);
    });
    await expect(mine.update(id, count)).rejects.toMatchObject({ outcome: 'unknown' });
    expect((await others.get(id))?.data).toEqual({ count: 11 });
  });

  it('with a database that is down since: its outcome stays unknown', async () => {
    const { id } = await mine.create({ count: 0 });
    driver.loseReply(ofSession, async () => driver.refuseReads(true));
    const update = mine.update(id, count);
    await expect(update).rejects.toMatchObject({ code: 'UNAVAILABLE', outcome: 'unknown' });
    driver.refuseReads(false);
    expect((await others.get(id))?.data).toEqual({ count: 1 });
  });

  it('of a destroy: it is destroyed, and was there', async () => {
    for (const user of [undefined, 'ada']) {
      const session = await mine.create({}, { user });
      driver.loseReply(ofSession);
      expect(await mine.destroy(session)).toBe(true);
      expect(await others.get(session.id)).toBeUndefined();
      expect(await mine.destroy(session)).toBe(false);
    }
  });

  it('of two destroys at once, one from elsewhere: one of them ended it', async () => {
    const { id } = await mine.create({});
    let theirs: boolean | undefined;
    driver.loseReply(ofSession, async () => {
      theirs = await others.destroy(id);
    });
    expect([await mine.destroy(id), theirs]).toEqual([true, false]);
  });

  it('of a creation: there is a session, and one only', async () => {
    for (const which of [ofSession, ofUser]) {
      driver.loseReply(which);
      const session = await mine.create({ a: 1 }, { user: `of ${which.name}` });
      expect((await others.get(session.id))?.data).toEqual({ a: 1 });
      expect(await others.list(`of ${which.name}`)).toHaveLength(1);
    }
  });

  it('of a log-in: the data has moved, the old id is dead', async () => {
    for (let nth = 0; nth < 4; nth += 1) {
      const anonymous = await mine.create({ cart: nth });
      let writes = 0;
      driver.loseReply(() => {
        writes += 1;
        return writes === nth + 1;
      });
      const session = await mine.regenerate(anonymous, { user: `ada${nth}` });
      expect((await others.get(session.id))?.data).toEqual({ cart: nth });
      expect(await others.get(anonymous.id)).toBeUndefined();
    }
  });

  it('of a move that others have brought to its end: the session is there, once', async () => {
    for (const user of [undefined, 'ada']) {
      const old = await mine.create({ a: 1 }, { user });
      driver.loseReply(ofSession, () => others.get(old.id));
      const moved = await mine.regenerate(old);
      for (const id of [moved.id, old.id]) {
        expect((await others.get(id))?.data).toEqual({ a: 1 });
        expect((await mine.get(id))?.handle).toBe(moved.handle);
      }
      moved.data.b = 2;
      await mine.save(moved);
      expect((await others.get(old.id))?.data).toEqual({ a: 1, b: 2 });
      if (user) expect((await others.list(user)).map((one) => one.handle)).toEqual([moved.handle]);
    }
  });

  it('of an update, moved by others since: it counts once', async () => {
    for (const user of [undefined, 'ada']) {
      const { id } = await mine.create({ count: 0 }, { user });
      driver.loseReply(ofSession, async () => others.regenerate((await others.get(id))!));
      await mine.update(id, count);
      expect((await others.get(id))?.data).toEqual({ count: 1 });
    }
  });

  it('of an update, moved and changed much by others since: it is not made twice', async () => {
    const { id } = await mine.create({ count: 0 });
    driver.loseReply(ofSession, async () => {
      const moved = await others.regenerate((await others.get(id))!);
      for (let turn = 0; turn < 10; turn += 1) await others.update(moved.id, count);
    });
    await expect(mine.update(id, count)).rejects.toMatchObject({ outcome: 'unknown' });
    expect((await others.get(id))?.data).toEqual({ count: 11 });
  });

  it('of a listing, revoked since with much more: it does not come back', async () => {
    driver.loseReply(ofUser, async () => {
      await others.revokeAll('ada');
      for (let turn = 0; turn < 6; turn += 1) await others.create({ turn }, { user: 'ada' });
    });
    const made = mine.create({ mine: true }, { user: 'ada' });
    await expect(made).rejects.toMatchObject({ outcome: 'unknown' });
    const listed = await others.list('ada');
    expect(listed.map(({ data }) => data.turn)).toEqual([0, 1, 2, 3, 4, 5]);
  });
});

describe('a write that was lost on its way', () => {
  it('is made once, whichever verb it is of', async () => {
    const clock = createManualClock();
    const driver = lossyDriver(clock);
    const sessions = createSessionStore<Data>(createStore({ driver, clock }), { ttlMs: 60_000 });
    for (const which of [ofSession, ofUser]) {
      driver.loseRequest(which);
      const user = which.name;
      const session = await sessions.create({ count: 0 }, { user });
      driver.loseRequest(ofSession);
      await Promise.all([1, 2, 3, 4, 5].map(() => sessions.update(session.id, count)));
      const loaded = await sessions.get(session.id);
      expect(loaded?.data).toEqual({ count: 5 });
      loaded!.data.more = true;
      driver.loseRequest(ofSession);
      await sessions.save(loaded!);
      driver.loseRequest(which);
      const moved = await sessions.regenerate(loaded!);
      expect((await sessions.get(moved.id))?.data).toEqual({ count: 5, more: true });
      driver.loseRequest(which);
      expect(await sessions.destroy(moved)).toBe(true);
      expect(await sessions.get(moved.id)).toBeUndefined();
    }
  });
});
