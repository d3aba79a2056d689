import { expect, it } from 'vitest';
import { Tallies } from './tallies.js';

it('keeps the books of each worker and of all', () => {
  const tallies = new Tallies();
  tallies.started(0, 32);
  tallies.started(1, 32);
  tallies.ended(0, { acknowledged: 29, inDoubt: 2, refused: 1 });
  expect(tallies.of(0)).toEqual({
    started: 32,
    acknowledged: 29,
    inFlight: 0,
    inDoubt: 2,
    refused: 1,
  });
  expect(tallies.of(1)).toMatchObject({ inFlight: 32, inDoubt: 0 });
  expect(tallies.died(1)).toBe(32);
  expect(tallies.died(0)).toBe(0);
  expect(tallies.total).toEqual({
    started: 64,
    acknowledged: 29,
    inFlight: 0,
    inDoubt: 34,
    refused: 1,
  });
  tallies.reset();
  expect(tallies.total.started).toBe(0);
});
