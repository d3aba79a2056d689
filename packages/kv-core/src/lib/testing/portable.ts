import type { Driver } from '../driver/driver.js';

/**
 * The same driver without its optional `increment`, `mutate` and `sortedSet`, so that a store takes the portable
 * way: read and compare-and-swap. The oracle and the counterpart of native operations in tests.
 */
export function portable(driver: Driver): Driver {
  return {
    contract: driver.contract,
    traits: driver.traits,
    clock: driver.clock,
    get: (keys, call) => driver.get(keys, call),
    write: (writes, call) => driver.write(writes, call),
    close: () => driver.close(),
    ...(driver.versionOf && { versionOf: driver.versionOf.bind(driver) }),
    ...(driver.commit && { commit: driver.commit.bind(driver) }),
    ...(driver.scan && { scan: driver.scan.bind(driver) }),
  };
}
