import { randomUUID } from 'node:crypto';
import { createStore } from '@grovekv/kv-core';
import type { Driver } from '@grovekv/kv-core/driver';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDriver } from '../../../tests/support/shared-drivers.js';
import { createSessionStore, type SessionStore } from '../src/index.js';

type Data = Record<string, unknown>;

const opened: { close(): Promise<void> }[] = [];
let calls: string[] = [];
let here: SessionStore<Data>;
let there: SessionStore<Data>;

/** Sessions of a process of its own, which notes its calls if it is told where. */
function open(prefix: string, note?: (call: string) => void): SessionStore<Data> {
  const driver = openDriver('redis', process.env.REDIS_URL!);
  const get: Driver['get'] = (keys, call) => {
    note?.(`get ${keys.length}`);
    return driver.get(keys, call);
  };
  const write: Driver['write'] = (writes, call) => {
    note?.(`write ${writes.length}`);
    return driver.write(writes, call);
  };
  const noted: Driver = {
    contract: driver.contract,
    traits: driver.traits,
    ...(driver.versionOf && { versionOf: driver.versionOf }),
    get,
    write,
    close: () => driver.close(),
  };
  const store = createStore({ driver: noted });
  opened.push(store);
  return createSessionStore<Data>(store, { ttlMs: 60_000, prefix });
}

beforeAll(() => {
  const prefix = `round-trips-${randomUUID()}`;
  here = open(prefix, (call) => calls.push(call));
  there = open(prefix);
});

afterAll(() => Promise.all(opened.map((store) => store.close())));

describe('on Redis', () => {
  it('what was loaded is saved in one round trip, whoever has saved it before', async () => {
    const { id } = await there.create({ views: 0 });
    for (let turn = 1; turn <= 3; turn += 1) {
      const session = (await here.get(id))!;
      session.data.views = turn;
      calls = [];
      await here.save(session);
      expect(calls).toEqual(['write 1']);
      session.data.again = turn;
      await here.save(session);
      expect(await here.touch(session)).toBe(true);
      expect(calls).toEqual(['write 1', 'write 1', 'write 1']);
      const theirs = (await there.get(id))!;
      expect(theirs.data).toEqual({ views: turn, again: turn });
      delete theirs.data.again;
      await there.save(theirs);
    }
  });

  it('saves of many sessions go together', async () => {
    const made = await Promise.all([1, 2, 3, 4].map((n) => there.create({ n })));
    const loaded = await Promise.all(made.map(({ id }) => here.get(id)));
    for (const session of loaded) session!.data.n = 0;
    calls = [];
    await Promise.all(loaded.map((session) => here.save(session!)));
    expect(calls).toEqual(['write 4']);
  });

  it('what others have saved since costs one attempt, and is kept', async () => {
    const { id } = await there.create({ mine: 0, theirs: 0 });
    const session = (await here.get(id))!;
    const theirs = (await there.get(id))!;
    theirs.data.theirs = 1;
    await there.save(theirs);
    session.data.mine = 1;
    calls = [];
    await here.save(session);
    expect(calls).toEqual(['write 1', 'write 1']);
    expect(session.data).toEqual({ mine: 1, theirs: 1 });
    expect((await there.get(id))!.data).toEqual({ mine: 1, theirs: 1 });
  });
});
