import { redisDriver } from '@grovekv/driver-redis';
import { createSessionStore } from '@grovekv/ext-session';
import { createStore } from '@grovekv/kv-core';
import { RedisStore } from 'connect-redis';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { startRedis } from '../../../scripts/services/servers.js';
import { runCallers } from '../lib/callers.js';
import type { Case, Contender, Prepared, Role, Workload } from '../lib/workload.js';

const CALLERS = 64;
const EACH = 16;
const TTL_MS = 1_800_000;

/** The sessions of each caller: what a get and a save of one take. */
interface Kept {
  get(session: number): Promise<unknown>;
  save(session: number, turn: number): Promise<unknown>;
  close(): Promise<unknown>;
}

/** About 250 bytes as JSON, with the cookie that express-session keeps in it. */
function dataOf(turn: number) {
  return {
    cookie: {
      originalMaxAge: TTL_MS,
      expires: '2027-01-01T00:00:00.000Z',
      httpOnly: true,
      path: '/',
    },
    user: { id: 100_000, name: 'Ada Lovelace', roles: ['admin', 'editor'] },
    cart: ['tea', 'cake'],
    csrf: 'pXk2v9Qm4sT7wYb1',
    views: turn,
  };
}

async function ours(url: string, user: boolean): Promise<Kept> {
  const store = createStore({ driver: redisDriver({ url }) });
  const sessions = createSessionStore(store, { ttlMs: TTL_MS, prefix: user ? 'users' : 'sess' });
  const made = await Promise.all(
    Array.from({ length: CALLERS * EACH }, (_, index) =>
      sessions.create(dataOf(0), user ? { user: `user${index}` } : {}),
    ),
  );
  return {
    // Whoever gets a session reads it: its fields are parsed when they are asked for.
    get: async (session) => (await sessions.get(made[session]!.id))?.data,
    save(session, turn) {
      const loaded = made[session]!;
      loaded.data.views = turn;
      return sessions.save(loaded);
    },
    close: () => store.close(),
  };
}

async function raw(url: string): Promise<Kept> {
  const client = new Redis(url);
  const keyOf = (session: number): string => `raw:${session}`;
  const save = (session: number, turn: number) =>
    client.set(keyOf(session), JSON.stringify(dataOf(turn)), 'PX', TTL_MS);
  await Promise.all(Array.from({ length: CALLERS * EACH }, (_, session) => save(session, 0)));
  return {
    get: async (session) => JSON.parse((await client.get(keyOf(session))) ?? 'null'),
    save,
    close: () => client.quit(),
  };
}

async function connectRedis(url: string): Promise<Kept> {
  const client = createClient({ url, commandOptions: { timeout: 0 } });
  await client.connect();
  const store = new RedisStore({ client, ttl: TTL_MS / 1_000 });
  const idOf = (session: number): string => `session-${session}`;
  const save = (session: number, turn: number) => store.set(idOf(session), dataOf(turn) as never);
  await Promise.all(Array.from({ length: CALLERS * EACH }, (_, session) => save(session, 0)));
  return {
    get: (session) => store.get(idOf(session)),
    save,
    close: async () => client.destroy(),
  };
}

function caseOf(verb: 'get' | 'save', url: string): Case {
  const contender = (name: string, role: Role, open: () => Promise<Kept>): Contender => ({
    name,
    role,
    async prepare(): Promise<Prepared> {
      const kept = await open();
      const at = (caller: number, turn: number): number => caller * EACH + (turn % EACH);
      return {
        run: (ms) =>
          runCallers(CALLERS, ms, (caller, turn) =>
            verb === 'get' ? kept.get(at(caller, turn)) : kept.save(at(caller, turn), turn),
          ),
        close: async () => {
          await kept.close();
        },
      };
    },
  });
  return {
    title: `${verb}, ${CALLERS} callers`,
    contenders: [
      contender('Grove KV, ext-session', 'ours', () => ours(url, false)),
      contender('Grove KV, ext-session, of users', 'ours', () => ours(url, true)),
      contender('GET and SET PX of JSON by ioredis', 'raw', () => raw(url)),
      contender('connect-redis on node-redis', 'peer', () => connectRedis(url)),
    ],
    targets: [{ measure: 'ratio to best peer', atLeast: 1.1 }],
  };
}

export const workload: Workload = {
  title: 'Sessions on Redis',
  about:
    'A session of 250 bytes, about a thousand of them. A save of ours is conditional and merges fields; the others overwrite. A session of a user takes a second record, which says whether it counts. The command timeout of node-redis, which halves its speed, is off.',
  async open() {
    const server = await startRedis();
    return {
      cases: [caseOf('get', server.url), caseOf('save', server.url)],
      close: () => server.stop(),
    };
  },
};
