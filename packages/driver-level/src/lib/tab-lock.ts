import { inUse } from './level-errors.js';

/**
 * Keeps other tabs and workers out of an IndexedDB database, which lets any number in. Answers how to let
 * go; where there are no Web Locks (pages that are not served securely) it keeps nobody out.
 *
 * @throws KvError `UNAVAILABLE` if another one holds it.
 */
export async function lockTab(name: string): Promise<() => void> {
  const locks = globalThis.navigator?.locks;
  if (locks === undefined) return () => {};
  return await new Promise((resolve, reject) => {
    const held = locks.request(`grovekv-level:${name}`, { ifAvailable: true }, (lock) => {
      if (lock === null) throw inUse(name);
      return new Promise<void>((release) => resolve(release));
    });
    held.catch(reject);
  });
}
