import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Store } from '@grovekv/kv-core';
import type { Args } from './args.js';
import { CounterDemo } from './demos/counter-demo.js';
import type { Demo } from './demos/demo.js';
import { LeaderboardDemo } from './demos/leaderboard-demo.js';
import { LimiterDemo } from './demos/limiter-demo.js';
import { LockDemo } from './demos/lock-demo.js';
import { QueueDemo } from './demos/queue-demo.js';
import { SessionDemo } from './demos/session-demo.js';
import { describeStore, openStore, type StoreAddress } from './store/address.js';
import { createApp } from './web/app.js';
import { listen } from './web/listen.js';
import { Keeper } from './workers/keeper.js';

/** The running playground. */
export interface Playground {
  readonly url: string;
  readonly port: number;
  /** The store, in words. */
  readonly store: string;
  /** Ends the workers, removes what is temporary. */
  close(): Promise<void>;
}

/** Opens the store, starts the server. Rejects if the store does not answer. */
export async function startPlayground(args: Pick<Args, 'port' | 'store'>): Promise<Playground> {
  const keeper = await Keeper.start();
  const address = args.store ? prepared(args.store) : temporary(keeper);
  const description = args.store ? describeStore(address) : 'LMDB in a temporary folder';
  // Nothing of a run meets what an earlier one, or somebody else, has left in the store.
  const namespace = `playground:${randomUUID()}:`;
  const whole = openStore(address);
  const store = whole.namespace(namespace);
  try {
    await store.ping();
    const site = { address, namespace, keeper };
    const demos = {
      lock: new LockDemo(store, site),
      counter: new CounterDemo(store, site),
      queue: new QueueDemo(store, site),
      session: new SessionDemo(store),
      limiter: new LimiterDemo(site),
      leaderboard: new LeaderboardDemo(store, site),
    };
    const server = await listen(createApp(demos, { store: description }), args.port);
    return {
      url: `http://localhost:${server.port}`,
      port: server.port,
      store: description,
      async close() {
        await server.close();
        await endAll(Object.values(demos));
        await removeKeys(store);
        await whole.close();
        await keeper.close();
      },
    };
  } catch (error) {
    await whole.close().catch(() => {});
    await keeper.close();
    throw error;
  }
}

function prepared(address: StoreAddress): StoreAddress {
  if (address.driver !== 'lmdb') return address;
  const path = resolve(process.env.INIT_CWD ?? '.', address.path);
  mkdirSync(path, { recursive: true });
  return { driver: 'lmdb', path };
}

function temporary(keeper: Keeper): StoreAddress {
  const path = mkdtempSync(join(tmpdir(), 'grovekv-playground-'));
  keeper.take('folder', path);
  return { driver: 'lmdb', path };
}

async function endAll(demos: readonly Demo[]): Promise<void> {
  await Promise.all(demos.map((demo) => demo.close()));
}

async function removeKeys(store: Store): Promise<void> {
  const keys: string[] = [];
  for await (const key of store.keys()) keys.push(key);
  await store.deleteMany(keys);
}
