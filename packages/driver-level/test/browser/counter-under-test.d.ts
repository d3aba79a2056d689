/** The counter extension. No dependency of this package: the bundler of the page is told where it is. */
declare module 'counter-under-test' {
  import type { CounterUnderTest } from '@grovekv/conformance';
  import type { Store } from '@grovekv/kv-core';

  export function createCounter(
    store: Store,
    name: string,
    options?: { readonly ttlMs?: number; readonly exactRetries?: boolean },
  ): CounterUnderTest;
}
