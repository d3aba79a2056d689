import { setTimeout as sleep } from 'node:timers/promises';
import { createLock, type Lease, type Lock } from '@grovekv/ext-lock';
import type { Store } from '@grovekv/kv-core';
import { FencedRegister } from './fenced-register.js';
import type { ContendReport } from './messages.js';
import { tell } from './parent.js';

/** Short, so that a takeover is quickly seen. */
export const LEASE_MS = 2_500;

/** The lock that the workers contend for. */
export function theLock(store: Store, owner: string): Lock {
  return createLock(store, 'deploy', { ttlMs: LEASE_MS, owner });
}

const STEP_MS = 250;

/** Takes the lock, works for a while, gives it back, for ever. */
export async function contend(store: Store, name: string): Promise<never> {
  const lock = theLock(store, name);
  const register = new FencedRegister(store);
  for (;;) {
    try {
      await report({ type: 'waiting' });
      await using lease = await lock.acquire();
      await report({ type: 'acquired', fence: lease.fence });
      await work(lease, register, name);
      const type = lease.held ? 'released' : 'lost';
      await lease.release();
      await report({ type, fence: lease.fence });
    } catch (error) {
      await report({ type: 'failed', message: String(error) });
      await sleep(1_000);
    }
    await sleep(200 + Math.random() * 800);
  }
}

async function work(lease: Lease, register: FencedRegister, name: string): Promise<void> {
  const { fence } = lease;
  const steps = 8 + Math.floor(Math.random() * 6);
  for (let step = 0; step < steps && lease.held; step += 1) {
    // The trap of every lease: it was good when we looked, and a pause comes before we write.
    await sleep(STEP_MS);
    await report({ type: 'wrote', fence, ...(await register.write(name, fence)) });
  }
}

function report(message: ContendReport): Promise<void> {
  return tell(message);
}
