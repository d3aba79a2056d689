import { runCallers } from './callers.js';
import type { LockClient, Section } from './lockers.js';
import { useBuiltPackages } from './use-built-packages.js';

/** What a process of a contended lock is to do. */
export interface ContendedJob {
  readonly locker: string;
  readonly url: string;
  readonly lock: string;
  readonly callers: number;
  readonly retryMs: number;
}

let client: LockClient | undefined;
let sections: Section[] = [];

async function prepare({ locker, url, lock, callers, retryMs }: ContendedJob): Promise<void> {
  useBuiltPackages();
  const { LOCKERS } = await import('./lockers.js');
  const connected = LOCKERS.find(({ name }) => name === locker)!.connect(url);
  client = connected;
  sections = Array.from({ length: callers }, () => connected.section(lock, retryMs));
  await sections[0]!();
}

process.on('message', async (message: ContendedJob | { readonly ms: number }) => {
  if ('ms' in message) {
    const enter = (caller: number): unknown => sections[caller]!();
    process.send!(await runCallers(sections.length, message.ms, enter, 1));
  } else {
    await prepare(message);
    process.send!({});
  }
});

process.on('disconnect', () => {
  void Promise.resolve(client?.close()).finally(() => process.exit(0));
});
