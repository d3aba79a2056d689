import { describe, expect, it } from 'vitest';
import { createWorld, settled, stateOf } from '../../../../tests/support/world.js';
import { createElection, type Election, LockLostError } from '../index.js';

describe('createElection', () => {
  it('has one leader at a time, and a next one when it resigns', async () => {
    const { process, clock } = createWorld();
    const events: string[] = [];
    const candidates = ['ann', 'bob', 'cy'].map((owner) =>
      createElection(process(), 'a', {
        owner,
        onElected: () => events.push(`${owner} in`),
        onDeposed: (reason) => events.push(`${owner} out ${reason?.code ?? ''}`.trim()),
      }),
    );
    const terms = candidates.map((candidate) => candidate.campaign());
    await clock.advance(100);
    const leads = (): Election[] => candidates.filter(({ isLeader }) => isLeader);
    expect(leads()).toHaveLength(1);
    const [first] = leads();
    const owner = (await candidates[0]!.leader())?.owner;
    expect(events).toEqual([`${owner} in`]);
    expect(await first!.resign()).toBe(true);
    expect(first!.isLeader).toBe(false);
    expect(await first!.resign()).toBe(false);
    await clock.advance(100);
    expect(leads()).toHaveLength(1);
    expect(leads()[0]).not.toBe(first);
    expect(events.slice(0, 2)).toEqual([`${owner} in`, `${owner} out`]);
    const fences = await Promise.all(terms.map(async (term) => stateOf(term)));
    expect(fences.filter((state) => state === 'done')).toHaveLength(2);
  });

  it('tells a leader that its term is over, and elects another within the ttl', async () => {
    const { process, clock, driver } = createWorld();
    const reasons: unknown[] = [];
    const options = { ttlMs: 1_000 };
    const one = createElection(process(), 'a', {
      ...options,
      onDeposed: (reason) => reasons.push(reason),
    });
    const term = await one.campaign();
    expect(await one.campaign()).toBe(term);
    driver.fault = 'down';
    await clock.advance(1_000);
    expect(one.isLeader).toBe(false);
    expect(term.signal.aborted).toBe(true);
    expect(reasons).toEqual([expect.any(LockLostError)]);
    driver.fault = 'none';
    const other = createElection(process(), 'a', options);
    const next = other.campaign();
    await clock.advance(60);
    expect((await next).fence).toBeGreaterThan(term.fence);
    expect(await one.leader()).toMatchObject({ fence: (await next).fence });
  });

  it('ends a campaign when told', async () => {
    const { process, clock } = createWorld();
    const leader = createElection(process(), 'a');
    await leader.campaign();
    const candidate = createElection(process(), 'a');
    const quits = new AbortController();
    const byignal = candidate.campaign({ signal: quits.signal });
    await clock.advance(10);
    quits.abort();
    await expect(byignal).rejects.toMatchObject({ code: 'ABORTED' });
    const again = candidate.campaign();
    const told = expect(again).rejects.toMatchObject({ code: 'ABORTED' });
    await clock.advance(10);
    expect(await candidate.resign()).toBe(false);
    await told;
    await leader.resign();
    await clock.advance(100);
    expect(await leader.leader()).toBeUndefined();
  });

  it('leads again and again until the work is done', async () => {
    const { process, clock } = createWorld();
    const store = process();
    const election = createElection(store, 'a', { ttlMs: 1_000 });
    const fences: number[] = [];
    const work = election.lead(async (lease) => {
      fences.push(lease.fence);
      if (fences.length === 3) return 'done';
      await store.delete('election:a');
      await new Promise((_, reject) => {
        lease.signal.addEventListener('abort', () => reject(lease.signal.reason));
      });
      return 'never';
    });
    await clock.advance(5_000);
    expect(await work).toBe('done');
    expect(fences).toEqual([...new Set(fences)].sort((a, b) => a - b));
    expect(fences).toHaveLength(3);
    expect(await election.leader()).toBeUndefined();
  });

  it('ends with the error of the work, and resigns', async () => {
    const { process, clock } = createWorld();
    const election = createElection(process(), 'a');
    const work = election.lead(() => Promise.reject(new RangeError('mine')));
    await expect(work).rejects.toThrow('mine');
    await settled(clock);
    expect(await election.leader()).toBeUndefined();
  });
});
