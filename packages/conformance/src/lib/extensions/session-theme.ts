import type { Store } from '@grovekv/kv-core';
import { equal, ok, rejects } from '../assert/assert.js';
import type { FaultOptions } from '../faults/faulty-driver.js';
import { faultyStores, tolerate } from '../faults/faulty-stores.js';
import type { TestContext } from '../suite/test-context.js';
import type { ConformanceTest, Theme } from '../suite/theme.js';
import type {
  SessionConformanceOptions,
  SessionsUnderTest,
  SessionUnderTest,
} from './session-conformance.js';

const LONG_MS = 60_000;

const FAULTS: FaultOptions = {
  conflictRate: 0.05,
  refusedRate: 0.02,
  lostReplyRate: 0.04,
  lostRequestRate: 0.04,
  delayMs: [0, 2],
};

/** The tests of sessions, for sessions made by the options. */
export function sessionTheme({ createSessions }: SessionConformanceOptions): Theme {
  const on = (
    store: Store,
    context: TestContext,
    more: { maxPerUser?: number; ttlMs?: number } = {},
  ) => createSessions(store, { prefix: context.key('s'), ttlMs: LONG_MS, ...more });
  const clients = async (context: TestContext, count: number): Promise<SessionsUnderTest[]> =>
    (await context.stores(count)).map((store) => on(store, context));

  const tests: ConformanceTest[] = [
    {
      name: 'a session is made, found by others, changed by its fields and ended',
      async run(context) {
        const [a, b] = (await clients(context, 2)) as [SessionsUnderTest, SessionsUnderTest];
        const session = await a.create({ theme: 'dark' });
        ok(session.id.length >= 43, 'an id of 256 bits');
        const found = await b.get(session.id);
        equal(found?.data, { theme: 'dark' }, 'its data, elsewhere');
        (found as SessionUnderTest).data.step = 1;
        await b.save(found as SessionUnderTest);
        equal((await a.get(session.id))?.data, { theme: 'dark', step: 1 }, 'its data, changed');
        equal(await a.touch(session), true, 'touch');
        equal(await b.destroy(session.id), true, 'destroy');
        equal(await a.destroy(session.id), false, 'destroy again');
        equal(await a.get(session.id), undefined, 'get after its end');
        equal(await a.touch(session), false, 'touch after its end');
        session.data.step = 2;
        await rejects(() => a.save(session), 'SESSION_DESTROYED', 'save after its end');
        await rejects(() => a.regenerate(session), 'SESSION_DESTROYED', 'regenerate after its end');
        equal(await b.get(session.id), undefined, 'it has not come back');
      },
    },
    {
      name: 'what is no id, or nobody’s, finds nothing and makes nothing',
      async run(context) {
        const [a] = (await clients(context, 1)) as [SessionsUnderTest];
        const { id } = await a.create({});
        const other = id.slice(1) + id.slice(0, 1);
        for (const wrong of ['', 'x', `${id}\r\n`, `${id}=`, 'x'.repeat(1_000_000), other]) {
          equal(await a.get(wrong), undefined, 'get');
          equal(await a.destroy(wrong), false, 'destroy');
          equal(await a.get(wrong), undefined, 'get again');
        }
      },
    },
    {
      name: 'concurrent saves keep each other’s fields; a field that two change is refused to one',
      async run(context) {
        const all = await clients(context, 4);
        const { id } = await (all[0] as SessionsUnderTest).create({ shared: 0 });
        const copies = await Promise.all(all.map((sessions) => sessions.get(id)));
        const ends = await Promise.allSettled(
          copies.map((copy, index) => {
            (copy as SessionUnderTest).data[`own${index}`] = index;
            if (index < 2) (copy as SessionUnderTest).data.shared = index + 1;
            return (all[index] as SessionsUnderTest).save(copy as SessionUnderTest);
          }),
        );
        const saved = ends.map(({ status }) => status === 'fulfilled');
        equal(saved.slice(0, 2).filter(Boolean).length, 1, 'one of the two');
        equal(saved.slice(2), [true, true], 'the others');
        for (const end of ends) {
          if (end.status === 'rejected') equal(end.reason.code, 'SESSION_CONFLICT', 'the reason');
        }
        const data = (await (all[3] as SessionsUnderTest).get(id))?.data;
        equal(data?.shared, saved[0] ? 1 : 2, 'the field that two have changed');
        saved.forEach((yes, index) => {
          equal(data?.[`own${index}`], yes ? index : undefined, `the field of ${index}`);
        });
      },
    },
    {
      name: 'an ended session stays ended while saves, touches and moves of it are under way',
      async run(context) {
        const all = await clients(context, 4);
        for (let round = 0; round < 12; round += 1) {
          const user = round % 2 ? `user${round}` : undefined;
          const [first] = all as [SessionsUnderTest];
          const session = await first.create({}, { user });
          const copies = await Promise.all(all.map((sessions) => sessions.get(session.id)));
          const moved: (SessionUnderTest | undefined)[] = [];
          await Promise.all([
            ...copies.map(async (copy, index) => {
              const sessions = all[index] as SessionsUnderTest;
              (copy as SessionUnderTest).data.step = index;
              if (index === 1) await sessions.touch(copy as SessionUnderTest);
              else if (index === 2) {
                moved.push(await sessions.regenerate(copy as SessionUnderTest).catch(tolerate));
              } else await sessions.save(copy as SessionUnderTest).catch(tolerate);
            }),
            (all[3] as SessionsUnderTest).destroy(session.id),
          ]);
          // Moved before it was ended, it was ended in its new place; moved after that, it was not there.
          await (all[0] as SessionsUnderTest).destroy(session.id);
          for (const { id } of [session, ...moved.filter((one) => one !== undefined)]) {
            for (const sessions of all) equal(await sessions.get(id), undefined, 'after its end');
          }
        }
      },
    },
    {
      name: 'at a log-in the id changes, the old one is dead, the fields are kept',
      async run(context) {
        const [a, b] = (await clients(context, 2)) as [SessionsUnderTest, SessionsUnderTest];
        const anonymous = await a.create({ cart: ['tea'] });
        const session = await a.regenerate(anonymous, { user: 'ada' });
        ok(session.id !== anonymous.id, 'another id');
        equal((await b.get(session.id))?.data, { cart: ['tea'] }, 'the fields');
        equal(await b.get(anonymous.id), undefined, 'by the old id');
        await rejects(() => b.save(anonymous), 'SESSION_DESTROYED', 'save by the old id');
        equal((await b.list('ada')).length, 1, 'listed');
      },
    },
    {
      name: 'all sessions of a user end at once, those that are being made included or made later',
      async run(context) {
        const all = await clients(context, 3);
        const [first] = all as [SessionsUnderTest];
        for (let round = 0; round < 5; round += 1) {
          const user = `user${round}`;
          const made = await Promise.all(
            [...all, ...all, ...all, ...all].map((sessions) => sessions.create({}, { user })),
          );
          equal((await first.list(user)).length, made.length, 'log-ins at once, listed');
          const other = await first.create({}, { user: 'somebody else' });
          const copies = await Promise.all(made.map(({ id }) => first.get(id)));
          ok(
            copies.every((copy) => copy !== undefined),
            'before',
          );
          const [, late] = await Promise.all([
            first.revokeAll(user),
            (all[1] as SessionsUnderTest).create({}, { user }),
            ...copies.map((copy) => first.touch(copy as SessionUnderTest)),
          ]);
          for (const { id } of made) {
            for (const sessions of all) equal(await sessions.get(id), undefined, 'after revokeAll');
          }
          const listed = await first.list(user);
          const alive = (await first.get((late as SessionUnderTest).id)) !== undefined;
          equal(listed.length, alive ? 1 : 0, 'what is listed is what counts');
          await first.revokeAll(user);
          equal(await first.get((late as SessionUnderTest).id), undefined, 'the late one');
          ok((await first.get(other.id)) !== undefined, 'somebody else’s');
        }
      },
    },
    {
      name: 'one of a user’s sessions is ended by its handle, and the oldest by too many',
      async run(context) {
        const [a, b] = (await context.stores(2)).map((store) =>
          on(store, context, { maxPerUser: 3 }),
        ) as [SessionsUnderTest, SessionsUnderTest];
        const made: SessionUnderTest[] = [];
        for (let index = 0; index < 4; index += 1) {
          made.push(await (index % 2 ? a : b).create({ index }, { user: 'ada' }));
        }
        const found = await Promise.all(made.map(({ id }) => a.get(id)));
        equal(
          found.map((session) => session !== undefined),
          [false, true, true, true],
          'the newest three',
        );
        const [oldest] = await b.list('ada');
        equal(await b.revoke('ada', oldest?.handle ?? ''), true, 'revoke');
        equal(await b.revoke('ada', oldest?.handle ?? ''), false, 'revoke again');
        equal(await a.get((made[1] as SessionUnderTest).id), undefined, 'the revoked one');
        equal((await a.list('ada')).length, 2, 'left');
      },
    },
    {
      name: 'no id can be read from the store',
      needs: ['scan'],
      async run(context) {
        const store = context.store();
        const sessions = on(store, context);
        const { id } = await sessions.create({ a: 1 }, { user: 'ada' });
        const moved = await sessions.regenerate((await sessions.get(id)) as SessionUnderTest);
        let seen = 0;
        const under = store.namespace(context.key('s')).raw;
        for await (const key of under.keys()) {
          const bytes = (await under.get(key)) ?? new Uint8Array();
          const text = key + new TextDecoder().decode(bytes);
          ok(!text.includes(id) && !text.includes(moved.id), `an id under ${key}`);
          seen += 1;
        }
        ok(seen >= 2, `${seen} keys`);
      },
    },
    {
      name: 'an idle session ends, a used one does not',
      async run(context) {
        const ttlMs = 1_000;
        const sessions = on(context.store(), context, { ttlMs });
        const [idle, used] = [await sessions.create({}), await sessions.create({})];
        await context.pass(ttlMs * 0.6);
        equal(await sessions.touch(used), true, 'touch');
        await context.pass(ttlMs * 0.4 + context.lateMs + context.tickMs);
        equal(await sessions.get(idle.id), undefined, 'the idle one');
        if (context.lateMs < ttlMs * 0.5) {
          ok((await sessions.get(used.id)) !== undefined, 'the used one');
        }
        await context.pass(ttlMs + context.lateMs);
        equal(await sessions.get(used.id), undefined, 'the used one, idle since');
        equal(await sessions.touch(used), false, 'touch after its end');
      },
    },
    {
      name: 'under faults nothing ended is read again, and no acknowledged field is lost',
      async run(context) {
        const stores = await faultyStores(context, 3, FAULTS);
        const all = stores.map((store) => on(store, context));
        const plain = on(context.store(), context);
        for (let round = 0; round < 6; round += 1) {
          const user = round % 2 ? `user${round}` : undefined;
          const session = await plain.create({}, { user });
          const acknowledged = new Map<string, number>();
          const ids = [session.id];
          await Promise.all(
            all.map(async (sessions, index) => {
              for (let turn = 1; turn <= 6; turn += 1) {
                const copy = await sessions.get(session.id).catch(tolerate);
                if (!copy) continue;
                copy.data[`own${index}`] = turn;
                if (index === 0 && turn === 3) {
                  const moved = await sessions.regenerate(copy).catch(tolerate);
                  if (moved) {
                    ids.push(moved.id);
                    acknowledged.set(`own${index}`, turn);
                  }
                  continue;
                }
                const saved = await sessions.save(copy).then(() => true, tolerate);
                if (saved) acknowledged.set(`own${index}`, turn);
              }
            }),
          );
          const end = await plain.get(session.id);
          ok(end !== undefined, 'it is still there');
          for (const [field, turn] of acknowledged) {
            ok(
              (end?.data[field] as number) >= turn,
              `${field} is ${end?.data[field]}, not ${turn}`,
            );
          }
          const ended = await (all[round % 3] as SessionsUnderTest)
            .destroy(session.id)
            .then(() => true, tolerate);
          if (!ended) continue;
          for (const id of ids) equal(await plain.get(id), undefined, 'after its end');
        }
      },
    },
  ];
  return { name: 'session', tests };
}
