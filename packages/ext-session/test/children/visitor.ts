import { openStore, sharedNow, started, tell } from '../../../../tests/support/child-store.js';
import { createSessionStore, type Session } from '../../src/index.js';
import type { Visit } from '../visits.js';

/** Uses the sessions of some users at random, together with its sisters, and tells what it was answered. */
const {
  store,
  args: [own, seconds, users],
} = openStore();
const sessions = createSessionStore<Record<string, unknown>>(store, {
  ttlMs: 600_000,
  graceMs: 60_000,
});
const visits: Visit[] = [];
let turn = 0;

function expected(error: unknown): void {
  const { code } = error as { code?: string };
  if (code !== 'SESSION_DESTROYED') throw error;
}

/** Lets the others know of an id. */
function publish(user: string, id: string): Promise<void> {
  return store.update<string[], void>(`ids:${user}`, (ids = []) => ({
    put: [...ids, id].slice(-4),
    result: undefined,
  }));
}

async function visit(user: string): Promise<void> {
  const ids = (await store.get<string[]>(`ids:${user}`)) ?? [];
  const id = ids[Math.floor(Math.random() * ids.length)];
  const called = sharedNow();
  const session = id === undefined ? undefined : await sessions.get(id);
  if (!session) {
    if (Math.random() < 0.2) {
      const created = await sessions.create({ line: crypto.randomUUID() }, { user });
      await publish(user, created.id);
    }
    return;
  }
  const line = session.data.line as string;
  visits.push({ type: 'read', line, at: called, fields: { ...session.data } });
  const dice = Math.random();
  if (dice < 0.6) await save(session, line);
  else if (dice < 0.75) await sessions.touch(session);
  else if (dice < 0.9) {
    const value = change(session);
    const moved = await sessions.regenerate(session).catch(expected);
    if (!moved) return;
    visits.push({ type: 'saved', line, at: sharedNow(), field: `p${own}`, value });
    await publish(user, moved.id);
  } else {
    const ended = await sessions.destroy(dice < 0.95 ? session : id!);
    if (ended) visits.push({ type: 'ended', line, at: sharedNow() });
  }
}

async function save(session: Session<Record<string, unknown>>, line: string): Promise<void> {
  const value = change(session);
  const saved = await sessions.save(session).then(() => true, expected);
  if (saved) visits.push({ type: 'saved', line, at: sharedNow(), field: `p${own}`, value });
}

/** Each process has a field of its own, whose values rise. */
function change(session: Session<Record<string, unknown>>): number {
  turn += 1;
  session.data[`p${own}`] = turn;
  return turn;
}

await started();
const end = sharedNow() + Number(seconds) * 1_000;
while (sharedNow() < end) await visit(`user${Math.floor(Math.random() * Number(users))}`);
tell(visits);
await store.close();
