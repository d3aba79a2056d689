import { createStore } from '@grovekv/kv-core';
import type { Driver } from '@grovekv/kv-core/driver';
import { portable } from '@grovekv/kv-core/testing';

/** How a process counts: by the driver's own increment, by compare-and-swap, or through a namespace. */
export type Way = 'native' | 'portable' | 'namespace';

/** Counts together with its sisters; prints the values that it got. For a process of `expectExactCount`. */
export async function countAndPrint(
  driver: Driver,
  [way, key, callers, each]: readonly string[],
): Promise<void> {
  const store = createStore({
    driver: way === 'portable' ? portable(driver) : driver,
    timeoutMs: 20_000,
  });
  const view = way === 'namespace' ? store.namespace('tenant') : store;
  const values: number[] = [];
  await Promise.all(
    Array.from({ length: Number(callers) }, async () => {
      for (let count = 0; count < Number(each); count += 1) {
        values.push((await view.increment(key as string)).value);
      }
    }),
  );
  await store.close();
  process.stdout.write(JSON.stringify(values));
}
