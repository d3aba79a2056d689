import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createStore } from '@grovekv/kv-core';
import { sharedNow } from '../../../../tests/support/child-store.js';
import { type Kind, openDriver } from '../../../../tests/support/shared-drivers.js';
import { createQueue } from '../../src/index.js';
import { TERMS } from '../terms.js';

/** Works until it is killed, and tells of each delivery before it begins and after it was settled. */
const [kind, address, name] = process.argv.slice(2) as [Kind, string, string];
const store = createStore({ driver: openDriver(kind, address), timeoutMs: 5_000 });
const queue = createQueue<{ n: number; poison: boolean }>(store, name, TERMS);

function tell(what: string, n: number, token: string): void {
  process.stdout.write(`${what} ${n} ${token} ${sharedNow()}\n`);
}

queue.worker(
  async ({ payload: { n, poison }, token, attempt }) => {
    tell(`begin-${attempt}`, n, token);
    await sleep(10 + Math.random() * 20);
    if (poison) throw new Error('poison');
    tell('done', n, token);
  },
  {
    concurrency: 20,
    onEvent(event) {
      if (event.type === 'error') {
        if (process.env.GROVE_QUEUE_LOG)
          appendFileSync(process.env.GROVE_QUEUE_LOG, `${event.error}\n`);
        return;
      }
      tell(event.type, event.job.payload.n, event.job.token);
    },
  },
);
process.stdout.write('ready\n');
process.stdin.once('end', () => process.exit()).resume();
