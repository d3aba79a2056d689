import { expect, it } from 'vitest';
import { mostInAnyWindow } from '../src/lib/extensions/admissions.js';

const one = (called: number, returned: number, cost = 1) => ({ called, returned, cost });

it('counts what was admitted for certain within a window, wherever it begins', () => {
  expect(mostInAnyWindow([], 10)).toBe(0);
  expect(mostInAnyWindow([one(0, 1), one(9, 9.5), one(10.5, 11)], 10)).toBe(2);
  expect(mostInAnyWindow([one(9, 9.5), one(0, 1, 3), one(10.5, 11)], 10)).toBe(4);
  expect(mostInAnyWindow([one(0, 0), one(10, 10)], 10)).toBe(1);
  expect(mostInAnyWindow([one(0, 20), one(1, 2), one(1, 12)], 10)).toBe(1);
});
