import { expect, it } from 'vitest';
import type { Driver, SortedRequest, SortedResult } from '../src/driver.js';
import { readOnly, retry } from '../src/hooks.js';
import { createStore, KvError, type StoreOptions } from '../src/index.js';
import { memoryDriver } from '../src/memory.js';
import { openSortedSet, type SortedChange, type SortedSet } from '../src/sorted-set.js';
import { portable } from '../src/testing.js';
import { xorHook } from './support/xor-hook.js';

const TOP = { type: 'slice', start: 0, end: 10, ranks: 'ordinal' } as const;
const change: SortedChange = { type: 'set', member: 'a', score: 1 };
const CHANGED = [{ score: 1, previous: undefined }];
const ANSWER = { total: 1, matching: 1, entries: [] };

/** A store on a driver with a sorted set that answers as it is told. */
function make(
  options: Omit<StoreOptions, 'driver'> & { readonly pipelined?: boolean } = {},
  answer: (request: SortedRequest) => SortedResult | KvError = (request) =>
    'query' in request ? ANSWER : CHANGED,
) {
  const calls: SortedRequest[][] = [];
  const gates: (() => void)[] = [];
  const held = { isOn: false };
  const inner = portable(memoryDriver());
  const driver: Driver = {
    ...inner,
    traits: { ...inner.traits, pipelined: options.pipelined },
    async sortedSet(requests) {
      calls.push([...requests]);
      if (held.isOn) await new Promise<void>((open) => gates.push(open));
      return requests.map(answer);
    },
  };
  const store = createStore({ ...options, driver });
  const set = openSortedSet(store, {
    prefix: 'ss',
    name: 'a',
    direction: 'descending',
    ties: 'first',
    allowVolatile: true,
  });
  return { calls, gates, held, store, set };
}

const tick = () => new Promise((resolve) => setImmediate(resolve));
const words = (requests: readonly SortedRequest[]) =>
  requests.map((request) => ('query' in request ? request.query.type : 'change'));

it('hands over the calls of a tick together, in their order', async () => {
  const { set, calls, store } = make();
  expect(store.explain('sortedQuery').via).toBe('native');
  await Promise.all([set.change([change]), set.query(TOP), set.clear(), set.change([change])]);
  expect(calls.map(words)).toEqual([['change', 'slice', 'change', 'change']]);
});

it('asks equal questions once, unless a change is between them', async () => {
  const { set, calls } = make();
  const other = { ...TOP, end: 11 };
  const asked = [TOP, other, TOP, { ...TOP }].map((query) => set.query(query));
  await Promise.all([...asked, set.change([change]), set.query(TOP)]);
  expect(calls.map(words)).toEqual([['slice', 'slice', 'change', 'slice']]);
});

it('does not wait for an answer where answers come in order, and does elsewhere', async () => {
  for (const [pipelined, sent] of [
    [true, 3],
    [false, 1],
  ] as const) {
    const { set, calls, gates, held } = make({ pipelined });
    held.isOn = true;
    const done = [set.change([change])];
    await tick();
    done.push(set.change([change]));
    await tick();
    const asked = set.query(TOP);
    await tick();
    expect(calls.length).toBe(sent);
    held.isOn = false;
    for (const open of gates) open();
    await Promise.all([...done, asked]);
    expect(calls.flatMap(words)).toEqual(['change', 'change', 'slice']);
  }
});

it('keeps a tree where a hook transforms values', async () => {
  const { set, calls, store } = make({ hooks: [xorHook()] });
  expect(store.explain('sortedChange')).toMatchObject({
    via: 'portable',
    reason: expect.stringMatching(/transformed/),
  });
  await set.change([change]);
  expect((await set.query(TOP)).total).toBe(1);
  expect(calls).toEqual([]);
});

it('uses as a tree what was begun as one, and says why if it is neither', async () => {
  const wrong = () => new KvError('WRONG_TYPE', 'bytes are here');
  const { set, calls, store } = make({}, wrong);
  await set.change([change]);
  expect((await set.query(TOP)).entries).toMatchObject([{ member: 'a', score: 1, rank: 1 }]);
  expect(calls.length).toBe(1);
  await store.raw.set('ss:a', new Uint8Array([1]));
  await expect(set.query(TOP)).rejects.toMatchObject({ code: 'CORRUPT_VALUE' });
});

it('tells of a change what is not known, and of a question that nothing happened', async () => {
  const lost = () => new KvError('UNAVAILABLE', 'the reply was lost', { outcome: 'unknown' });
  const failed = async (call: Promise<unknown>) => (await call.catch((error) => error)) as KvError;
  const { set } = make({}, lost);
  expect(await failed(set.change([change]))).toMatchObject({ outcome: 'unknown', key: 'ss:a' });
  expect(await failed(set.query(TOP))).toMatchObject({ outcome: 'none', key: 'ss:a' });

  const slow = make({ timeoutMs: 20 });
  slow.held.isOn = true;
  const [changed, asked] = [slow.set.change([change]), slow.set.query(TOP)];
  expect(await failed(changed)).toMatchObject({ code: 'TIMEOUT', outcome: 'unknown' });
  expect(await failed(asked)).toMatchObject({ code: 'TIMEOUT', outcome: 'none' });
  const controller = new AbortController();
  const aborted = slow.set.query(TOP, { signal: controller.signal });
  controller.abort();
  expect(await failed(aborted)).toMatchObject({ code: 'ABORTED', outcome: 'none' });
});

it('hooks know a change from a question', async () => {
  const reader: SortedSet = make({ hooks: [readOnly()] }).set;
  await expect(reader.change([change])).rejects.toMatchObject({ code: 'READ_ONLY' });
  expect(await reader.query(TOP)).toEqual(ANSWER);

  let failures = 0;
  const sleep = async () => {};
  const { set } = make({ hooks: [retry({ sleep })] }, (request) => {
    failures += 1;
    if (failures < 3) return new KvError('UNAVAILABLE', 'lost', { outcome: 'unknown' });
    return 'query' in request ? ANSWER : CHANGED;
  });
  expect(await set.query(TOP)).toEqual(ANSWER);
  failures = 0;
  await expect(set.change([change])).rejects.toMatchObject({ outcome: 'unknown' });
});

it('sends long lists in parts', async () => {
  const { set, calls } = make({}, (request) =>
    'changes' in request && request.changes !== 'clear'
      ? request.changes.map(() => CHANGED[0]!)
      : ANSWER,
  );
  const results = await set.change(Array.from({ length: 5_000 }, () => change));
  expect(results).toHaveLength(5_000);
  expect(calls.length).toBe(3);
});
