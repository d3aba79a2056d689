import { isKvError, type Store } from '@grovekv/kv-core';
import type { TestContext } from '../suite/test-context.js';
import { type FaultOptions, faultyDriver } from './faulty-driver.js';

/** Stores on so many clients, each of which has faults of its own. */
export async function faultyStores(
  context: TestContext,
  count: number,
  faults: FaultOptions,
): Promise<Store[]> {
  const drivers = await context.clients(count);
  return drivers.map((driver) =>
    context.store(faultyDriver(driver, { ...faults, seed: context.random.int(0, 2 ** 31) })),
  );
}

/** The same, native and portable in turn. */
export async function faultyStoresOfBothWays(
  context: TestContext,
  count: number,
  faults: FaultOptions,
): Promise<Store[]> {
  const drivers = await context.clients(count);
  return drivers.map((driver, index) => {
    const faulty = faultyDriver(driver, { ...faults, seed: context.random.int(0, 2 ** 31) });
    return index % 2 === 0 ? context.store(faulty) : context.portableStore(faulty);
  });
}

/** A fault that was injected is no answer; anything else is a finding. */
export function tolerate(error: unknown): undefined {
  if (!isKvError(error)) throw error;
  return undefined;
}
