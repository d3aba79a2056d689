// A worker process. Its parent says by the first message what it is; it ends with its parent.
import { openStore } from '../store/address.js';
import { contend } from './contend.js';
import { Fire } from './fire.js';
import { hammer } from './hammer.js';
import { Idle } from './idle.js';
import { labour } from './labour.js';
import type { Assignment, Order } from './messages.js';
import { tell } from './parent.js';
import type { Repeat } from './repeat.js';
import { score } from './score.js';

process.on('disconnect', () => process.exit());
// A terminal sends Ctrl-C to the whole group; the parent ends its workers itself.
process.on('SIGINT', () => {});

const idle = new Idle();
let repeated: Repeat | undefined;
let fire: Fire | undefined;

process.once('message', (assignment: Assignment) => {
  begin(assignment);
  process.on('message', obey);
});

function begin({ role, name, store: address, namespace }: Assignment): void {
  const store = openStore(address, { hooks: [idle.hook] }).namespace(namespace);
  if (role === 'contend') void contend(store, name);
  else if (role === 'labour') labour(store);
  else if (role === 'fire') fire = new Fire(store);
  else repeated = role === 'score' ? score(store) : hammer(store);
}

function obey(order: Order): void {
  if (order.type === 'pause') void pause();
  else if (order.type === 'hammer') repeated?.turn(order.on);
  else fire?.turn(order.perSecond);
}

/**
 * Stops this process, as a suspended machine or a long collection of garbage would. Not in the middle of
 * a transaction: LMDB has one writer at a time, and all the others would wait for this one.
 */
async function pause(): Promise<void> {
  do {
    await idle.reached();
    await tell({ type: 'pausing' });
  } while (!idle.now);
  process.kill(process.pid, 'SIGSTOP');
}
