import type { RootDatabase } from 'lmdb';

const handled = new WeakSet<RootDatabase>();

function ignore(): void {}

/**
 * When a commit fails, lmdb also rejects a promise of its own that nobody has: an unhandled rejection,
 * which ends the process. It exists once the microtasks after `beforecommit` run.
 */
export function handleStrayRejections(root: RootDatabase): void {
  if (handled.has(root)) return;
  handled.add(root);
  const handle = (): void => {
    root.committed.then(ignore, ignore);
  };
  root.on('beforecommit', () => queueMicrotask(handle));
}
