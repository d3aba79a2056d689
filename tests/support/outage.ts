import type { FaultProxy } from '../../scripts/services/fault-proxy.js';

/** For a conformance suite: the outage of a server behind a proxy that is there by the time it begins. */
export function outageOf(proxy: () => FaultProxy) {
  return {
    async start(): Promise<void> {
      await proxy().refuse(true);
      proxy().dropAll();
    },
    stop: (): Promise<void> => proxy().refuse(false),
  };
}
