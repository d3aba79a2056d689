import { expect, test } from 'vitest';
import { Gate } from './gate.js';

const soon = () => performance.now() + 20;
const later = () => performance.now() + 10_000;

test('lets so many in, the others in order, nobody after their time', async () => {
  const gate = new Gate(2);
  expect([gate.enter(later()), gate.enter(later())]).toEqual([true, true]);
  const order: string[] = [];
  const wait = async (name: string, due: number) => {
    if (await gate.enter(due)) order.push(name);
    else order.push(`not ${name}`);
  };
  const waiting = [wait('hasty', soon()), wait('first', later()), wait('second', later())];
  await waiting[0];
  gate.leave();
  await waiting[1];
  gate.leave();
  await Promise.all(waiting);
  expect(order).toEqual(['not hasty', 'first', 'second']);
  gate.leave();
  gate.leave();
  expect(await Promise.all([gate.enter(later()), gate.enter(later())])).toEqual([true, true]);
  expect(await gate.enter(performance.now())).toBe(false);
});
