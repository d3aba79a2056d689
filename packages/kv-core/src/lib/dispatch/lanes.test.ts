import { describe, expect, it } from 'vitest';
import { Lanes } from './lanes.js';
import { HoldTask } from './task.js';

/** Lanes whose runs end when the test says so, or at once for tasks named `now`. */
function setup() {
  const started: { task: HoldTask; release: () => void }[] = [];
  const lanes = new Lanes(
    1_000,
    ([task], release) => {
      if (endsAtOnce.has(task as HoldTask)) release();
      else started.push({ task: task as HoldTask, release });
    },
    () => false,
    (work) => work(),
  );
  const endsAtOnce = new Set<HoldTask>();
  const submit = (atOnce = false): HoldTask => {
    const task = new HoldTask(
      'key',
      () => undefined,
      () => undefined,
    );
    if (atOnce) endsAtOnce.add(task);
    lanes.submit(task);
    return task;
  };
  return { lanes, started, submit };
}

const tick = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('Lanes', () => {
  it('starts a task when the one before it has ended', async () => {
    const { started, submit, lanes } = setup();
    const first = submit();
    const second = submit();
    await tick();
    expect(started.map(({ task }) => task)).toEqual([first]);
    started[0]!.release();
    await tick();
    expect(started.map(({ task }) => task)).toEqual([first, second]);
    expect(lanes.busy('key')).toBe(true);
    started[1]!.release();
    expect(lanes.busy('key')).toBe(false);
    await lanes.whenIdle();
  });

  it('stays one lane when several tasks end in the very call that starts them', async () => {
    const { started, submit, lanes } = setup();
    submit(true);
    submit(true);
    submit(true);
    // Queued behind the flush that ends all three, before the one that their ends have asked for.
    let third: HoldTask | undefined;
    queueMicrotask(() => {
      third = submit();
    });
    await tick();
    expect(started.map(({ task }) => task)).toEqual([third]);
    submit();
    await tick();
    expect(started).toHaveLength(1);
    expect(lanes.busy('key')).toBe(true);
  });

  it('drops what has been settled while it waited, and is idle at the end', async () => {
    const { started, submit, lanes } = setup();
    submit();
    const given = submit();
    const last = submit();
    await tick();
    given.fail(new Error('given up'));
    started[0]!.release();
    await tick();
    expect(started[1]!.task).toBe(last);
    const idle = lanes.whenIdle();
    started[1]!.release();
    await idle;
  });
});
