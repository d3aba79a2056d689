import { createStore, type Store } from '@grovekv/kv-core';
import { type Kind, openDriver } from './shared-drivers.js';

/** What a child is told: driver, address, namespace, and arguments of its own. */
export function openStore(): { store: Store; args: readonly string[] } {
  const [kind, address, namespace, ...args] = process.argv.slice(2);
  const store = createStore({ driver: openDriver(kind as Kind, address!), timeoutMs: 20_000 });
  return { store: withClose(store.namespace(namespace!), store), args };
}

/** Closing a view closes the whole. */
function withClose(view: Store, whole: Store): Store {
  view.close = () => whole.close();
  return view;
}

/** Milliseconds of a clock that all processes of the machine share. */
export function sharedNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Tells the test. */
export function tell(message: unknown): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** Resolves when the test says that it may begin. */
export async function started(): Promise<void> {
  tell('ready');
  await new Promise((resolve) => process.stdin.once('data', resolve));
  process.stdin.destroy();
}
