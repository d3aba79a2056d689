import { describe, expect, it } from 'vitest';
import { KvError } from '../errors/kv-error.js';
import type { MutationState, MutationStep } from '../hooks/hook.js';
import { fold } from './fold.js';
import { MutateTask } from './task.js';

const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes);
const entry = (text: string, ttlMs?: number) => ({ value: encode(text), version: 'v1', ttlMs });

type Ttl = number | 'none' | 'keep';
const put =
  (text: string, ttl: Ttl = 'keep') =>
  () =>
    ({ type: 'put', value: encode(text), ttl, result: `put ${text}` }) as const;
const append = (text: string) => (state: MutationState) =>
  ({
    type: 'put',
    value: encode(`${decode(state.value) ?? ''}${text}`),
    ttl: 'keep',
    result: decode(state.value),
  }) as const;
const remove = () => ({ type: 'delete', result: 'deleted' }) as const;
const look = ({ value, ttlMs }: MutationState) =>
  ({ type: 'keep', result: [decode(value), ttlMs] }) as const;
const fail = () => {
  throw new Error('step');
};

/** Folds the steps and settles; tells the write and what every caller got. */
async function run(
  current: ReturnType<typeof entry> | undefined,
  ...steps: ((state: MutationState) => MutationStep)[]
) {
  const answers: Promise<unknown>[] = [];
  const tasks = steps.map((step) => {
    let task: MutateTask | undefined;
    const answer = new Promise((resolve, reject) => {
      const command = { verb: 'mutate', key: 'k', step, ttl: true, idempotent: false } as const;
      task = new MutateTask(command, undefined, resolve, reject);
    });
    answers.push(answer.catch((error: Error) => (error as KvError).code ?? error.message));
    return task as MutateTask;
  });
  const folded = fold(tasks, current, 20);
  const { write } = folded;
  folded.settle();
  const value = write?.type === 'put' ? decode(write.value) : undefined;
  const shown = write?.type === 'put' ? [value, write.ttl] : write?.type;
  return { write: shown, answers: await Promise.all(answers) };
}

describe('fold', () => {
  it('gives each step what the one before it left, and each caller its own result', async () => {
    expect(await run(entry('a'), append('b'), append('c'), look, append('d'))).toEqual({
      write: ['abcd', 'keep'],
      answers: ['a', 'ab', ['abc', undefined], 'abc'],
    });
  });

  it('fails only the caller whose step throws, with what it threw', async () => {
    expect(await run(entry('a'), append('b'), fail, append('c'))).toEqual({
      write: ['abc', 'keep'],
      answers: ['a', 'step', 'ab'],
    });
    expect(await run(entry('a'), fail)).toEqual({ write: undefined, answers: ['step'] });
  });

  it('fails only the caller whose value is too large', async () => {
    expect(await run(undefined, put('x'.repeat(21)), put('x'.repeat(20)))).toEqual({
      write: ['x'.repeat(20), 'none'],
      answers: ['VALUE_TOO_LARGE', `put ${'x'.repeat(20)}`],
    });
  });

  it('writes nothing when nothing changes', async () => {
    expect((await run(entry('a'), look, look)).write).toBeUndefined();
    expect((await run(undefined, remove, look)).write).toBeUndefined();
    expect((await run(undefined, put('a'), remove)).write).toBeUndefined();
  });

  it('keeps, sets and forgets the time to live as the steps say', async () => {
    const cases: [Parameters<typeof run>, unknown][] = [
      [
        [entry('a', 50), put('b')],
        ['b', 'keep'],
      ],
      [
        [entry('a', 50), put('b', 70), put('c')],
        ['c', 70],
      ],
      [
        [entry('a', 50), put('b', 70), put('c', 'none'), put('d')],
        ['d', 'none'],
      ],
      [
        [entry('a', 50), remove, put('b')],
        ['b', 'none'],
      ],
      [
        [entry('a', 50), remove, put('b', 90), put('c')],
        ['c', 90],
      ],
      [
        [undefined, put('b')],
        ['b', 'none'],
      ],
      [
        [undefined, put('b', 90), put('c', 'keep')],
        ['c', 90],
      ],
      [[entry('a', 50), put('b', 70), remove], 'delete'],
    ];
    for (const [steps, write] of cases) expect((await run(...steps)).write).toEqual(write);
  });

  it('tells later steps the time left that earlier ones gave', async () => {
    const { answers } = await run(
      entry('a', 50),
      look,
      put('b', 70),
      look,
      put('c', 'none'),
      look,
      remove,
      look,
    );
    expect(answers.filter(Array.isArray)).toEqual([
      ['a', 50],
      ['b', 70],
      ['c', undefined],
      [undefined, undefined],
    ]);
  });

  it('stores an empty value as a value', async () => {
    expect(await run(entry('a'), put(''))).toEqual({ write: ['', 'keep'], answers: ['put '] });
  });

  it('skips callers that have gone, and does nothing before it is settled', () => {
    let runs = 0;
    const step = () => {
      runs += 1;
      return remove();
    };
    const answers: unknown[] = [];
    const make = () =>
      new MutateTask(
        { verb: 'mutate', key: 'k', step, ttl: false, idempotent: false },
        undefined,
        (answer) => answers.push(answer),
        (error) => answers.push(error),
      );
    const [gone, here] = [make(), make()];
    gone.fail(new KvError('ABORTED', 'gone'));
    const first = fold([gone, here], entry('a'), 20);
    const second = fold([gone, here], undefined, 20);
    expect([runs, answers.length, first.write, second.write]).toEqual([
      2,
      1,
      { type: 'delete' },
      undefined,
    ]);
    second.settle();
    expect(answers).toEqual([expect.any(KvError), 'deleted']);
  });
});
