import { expect, it } from 'vitest';
import { WindowHistory } from './window-history.js';

it('finds the fullest window wherever it begins, and counts what a window holds', () => {
  const history = new WindowHistory(10, 100);
  const at = (called: number, returned = called) => ({ called, returned });
  history.add([at(9), at(0)], 9);
  expect(history.most).toBe(2);
  history.add([at(10), at(11), at(12, 30)], 30);
  expect(history.most).toBe(3);
  expect(history.heldAt(11)).toBe(3);
  expect(history.heldAt(10)).toBe(2);
  expect(history.heldAt(22)).toBe(0);
  history.add([at(200)], 200);
  expect(history.heldAt(11)).toBe(0);
  expect(history.most).toBe(3);
  expect(history.total).toBe(6);
});
