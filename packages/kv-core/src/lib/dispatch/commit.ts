import { abortedError, untilAborted } from '../abort/until-aborted.js';
import type { Driver } from '../driver/driver.js';
import { invalid, notSupported } from '../errors/errors.js';
import type { CommitCommand } from '../hooks/hook.js';
import type { Batcher } from './batcher.js';
import { checkKeySize, checkWriteSizes } from './check-sizes.js';
import { seal } from './seal.js';
import { HoldTask, type Task, type Transform } from './task.js';

/** What a commit needs from the dispatcher. */
export interface CommitHost {
  readonly driver: Driver;
  readonly batcher: Batcher;
  submit(task: Task): void;
}

/** Commits when everything issued before on the same keys has ended; what comes after waits for it. */
export async function commitInTurn(
  { checks, writes, signal }: CommitCommand,
  transform: Transform | undefined,
  { driver, batcher, submit }: CommitHost,
): Promise<boolean> {
  const { commit, traits } = driver;
  if (!commit || traits.commit === false) throw notSupported(traits.name, 'atomic');
  const { maxOperations } = traits.commit;
  if (checks.length + writes.length > maxOperations) {
    throw invalid('INVALID_ARGUMENT', `over ${maxOperations} operations in one atomic commit`);
  }
  for (const { key } of checks) checkKeySize(key, traits.maxKeyBytes);
  for (const write of writes) checkWriteSizes(write, transform, traits);
  const deadline = performance.now() + batcher.timeoutMs;
  const held = await hold([...checks, ...writes], submit);
  const inTurn = async (): Promise<boolean> => {
    const sealing = writes.map((write) => seal(write, transform, traits.maxValueBytes));
    const sealed = await batcher.call(() => Promise.all(sealing), 'none', deadline);
    if (signal?.aborted) throw abortedError(signal, 'none');
    return batcher.call(
      (timeoutMs) => commit.call(driver, checks, sealed, { timeoutMs }),
      'unknown',
      deadline,
    );
  };
  const committed = inTurn().finally(() => {
    for (const end of held) end();
  });
  return untilAborted(committed, signal, 'unknown');
}

/**
 * Waits for the turn on all keys. They are asked for in one go, so of two commits that share keys one is
 * ahead of the other on all of them.
 */
async function hold(
  items: readonly { readonly key: string }[],
  submit: (task: Task) => void,
): Promise<(() => void)[]> {
  const keys = new Set(items.map(({ key }) => key));
  const turns = await Promise.allSettled(
    [...keys].map(
      (key) =>
        new Promise<() => void>((resolve, reject) => submit(new HoldTask(key, resolve, reject))),
    ),
  );
  const held = turns.flatMap((turn) => (turn.status === 'fulfilled' ? [turn.value] : []));
  const failed = turns.find((turn) => turn.status === 'rejected');
  if (!failed) return held;
  for (const end of held) end();
  throw failed.reason;
}
