import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { createStore } from '@grovekv/kv-core';
import { describe, expect, it } from 'vitest';
import { ChildProgram, runTogether } from '../../../tests/support/child.js';
import { sharedNow } from '../../../tests/support/child-store.js';
import { kinds, openDriver, place } from '../../../tests/support/shared-drivers.js';
import { createSessionStore } from '../src/index.js';
import { contradictions, type Visit } from './visits.js';

const folder = fileURLToPath(new URL('.', import.meta.url));
const PROCESSES = 8;
const USERS = 50;
const SECONDS = Number(process.env.SESSION_SECONDS ?? 30);

describe.concurrent.each(kinds)('sessions of several processes on %s', (kind) => {
  it(
    `${PROCESSES} processes, ${USERS} users, ${SECONDS} s: nothing ended is read, no field is lost`,
    async () => {
      const { address, remove } = await place(kind);
      const namespace = `session-test-${randomUUID()}`;
      const args = [String(SECONDS), String(USERS)];
      const children = Array.from(
        { length: PROCESSES },
        (_, own) =>
          new ChildProgram({ folder }, 'visitor', [kind, address, namespace, String(own), ...args]),
      );
      try {
        await runTogether(children);
        const told = await Promise.all(children.map((child) => child.message<Visit[]>(1)));
        const visits = told.flat();

        // What is left now, as one more read of each.
        const whole = createStore({ driver: openDriver(kind, address) });
        const store = whole.namespace(namespace);
        const sessions = createSessionStore(store, { ttlMs: 600_000, graceMs: 60_000 });
        const at = sharedNow();
        for (let user = 0; user < USERS; user += 1) {
          for (const id of (await store.get<string[]>(`ids:user${user}`)) ?? []) {
            const session = await sessions.get(id);
            const fields = session?.data as Record<string, unknown> | undefined;
            if (fields) visits.push({ type: 'read', line: fields.line as string, at, fields });
          }
        }
        await whole.close();

        expect(contradictions(visits)).toEqual([]);
        const count = (type: Visit['type']) => visits.filter((visit) => visit.type === type).length;
        console.info(
          `${kind}: ${count('read')} reads, ${count('saved')} saved, ${count('ended')} ended`,
        );
        expect(count('saved')).toBeGreaterThan(SECONDS * 5);
        expect(count('ended')).toBeGreaterThan(SECONDS);
      } finally {
        await Promise.all(children.map((child) => child.kill()));
        remove();
      }
    },
    SECONDS * 1_000 + 90_000,
  );
});

describe('the check', () => {
  it('finds a read after the end, and a lost field', () => {
    const saved = { type: 'saved', line: 'a', at: 5, field: 'p1', value: 2 } as const;
    const read = { type: 'read', line: 'a', at: 6, fields: { p1: 2 } } as const;
    const ended = { type: 'ended', line: 'a', at: 8 } as const;
    expect(contradictions([saved, read, ended])).toEqual([]);
    expect(contradictions([saved, { ...read, at: 9 }, ended])).toHaveLength(1);
    expect(contradictions([saved, { ...read, fields: { p1: 1 } }])).toHaveLength(1);
    expect(contradictions([saved, { ...read, at: 4, fields: {} }])).toEqual([]);
  });
});
