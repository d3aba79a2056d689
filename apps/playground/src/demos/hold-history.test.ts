import { describe, expect, it } from 'vitest';
import { HoldHistory } from './hold-history.js';

describe('the history of holds', () => {
  it('ends a hold when it is released', () => {
    const history = new HoldHistory(2_500);
    history.acquired(0, 'Alder', 10, 1_000);
    history.ended(10, 'released', 1_500);
    expect(history.acquired(1, 'Birch', 20, 1_600)).toBeUndefined();
    expect(history.holds).toMatchObject([
      { name: 'Alder', from: 1_000, to: 1_500, end: 'released' },
      { name: 'Birch', from: 1_600, to: undefined },
    ]);
  });

  it('ends a silent hold at the deadline that was last seen, never after the next one began', () => {
    const history = new HoldHistory(2_500);
    history.acquired(0, 'Alder', 10, 1_000);
    history.observed(10, 2_500, 1_200);
    history.observed(10, 0, 3_800);
    expect(history.acquired(1, 'Birch', 20, 3_750)).toMatchObject({ name: 'Alder' });
    expect(history.holds[0]).toMatchObject({ to: 3_750, end: 'expired' });
  });

  it('takes a hold for given back if the next one is heard first', () => {
    const history = new HoldHistory(2_500);
    history.acquired(0, 'Alder', 10, 1_000);
    expect(history.acquired(1, 'Birch', 20, 2_000)).toBeUndefined();
    history.ended(10, 'released', 2_001);
    expect(history.holds).toMatchObject([
      { name: 'Alder', to: 2_000, end: 'released' },
      { name: 'Birch', to: undefined },
    ]);
  });

  it('ends a hold that nobody followed', () => {
    const history = new HoldHistory(2_500);
    history.acquired(0, 'Alder', 10, 1_000);
    history.observed(10, 500, 1_200);
    history.observed(undefined, 0, 1_600);
    expect(history.current).toBeDefined();
    history.observed(undefined, 0, 1_800);
    expect(history.current).toBeUndefined();
    expect(history.holds[0]).toMatchObject({ to: 1_700, end: 'expired' });
    expect(history.acquired(1, 'Birch', 20, 1_900)).toBeUndefined();
  });

  it('learns late that a hold was lost, and keeps its end', () => {
    const history = new HoldHistory(2_500);
    history.acquired(0, 'Alder', 10, 1_000);
    history.observed(10, 500, 1_000);
    history.acquired(1, 'Birch', 20, 1_600);
    history.ended(10, 'lost', 9_000);
    expect(history.holds[0]).toMatchObject({ to: 1_500, end: 'lost' });
    expect(history.current).toMatchObject({ name: 'Birch' });
  });

  it('forgets what is no longer shown', () => {
    const history = new HoldHistory(2_500);
    history.acquired(0, 'Alder', 10, 1_000);
    history.ended(10, 'released', 1_500);
    history.acquired(1, 'Birch', 20, 200_000);
    expect(history.holds).toHaveLength(1);
  });
});
