import { startRedis } from '../../../scripts/services/servers.js';
import { runCallers } from '../lib/callers.js';
import { contendedLock } from '../lib/contended-lock.js';
import { LOCKERS } from '../lib/lockers.js';
import type { Case, Workload } from '../lib/workload.js';

const RETRY_MS = 1;

function uncontended(url: string, callers: number): Case {
  return {
    title: `uncontended, ${callers} callers on ${callers} locks`,
    contenders: LOCKERS.map(({ name, role, connect }) => ({
      name,
      role,
      async prepare() {
        const client = connect(url);
        const sections = Array.from({ length: callers }, (_, caller) =>
          client.section(`free:${role}:${name}:${caller}`, RETRY_MS),
        );
        await sections[0]!();
        return {
          run: (ms) => runCallers(callers, ms, (caller) => sections[caller]!()),
          close: async () => {
            await client.close();
          },
        };
      },
    })),
    targets: [{ measure: 'ratio to best peer', atLeast: 2 }],
  };
}

function contended(url: string, processes: number, callers: number): Case {
  return {
    title: `contended, ${processes * callers} callers in ${processes} processes on one lock`,
    contenders: LOCKERS.filter(({ name }) => !name.startsWith('redlock-universal')).map(
      ({ name, role }) => ({
        name,
        role,
        prepare: () =>
          contendedLock(processes, {
            ...{ locker: name, url, lock: `busy:${name}`, callers, retryMs: RETRY_MS },
          }),
      }),
    ),
    targets: [
      { measure: 'ratio to best peer', atLeast: 4 },
      { measure: 'fairness', atLeast: 0.9 },
    ],
    longer: 4,
  };
}

export const workload: Workload = {
  title: 'Lock on Redis',
  about: `Acquire and release with nothing in between, ttl 10 s, one server on loopback. Who finds the lock held tries again after about ${RETRY_MS} ms, where that can be set.`,
  async open() {
    const server = await startRedis();
    const { url } = server;
    return { cases: [uncontended(url, 64), contended(url, 4, 8)], close: () => server.stop() };
  },
};
