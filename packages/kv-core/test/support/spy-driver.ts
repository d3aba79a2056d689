import type {
  Driver,
  DriverTraits,
  Entry,
  Increment,
  IncrementResult,
  LocalMutation,
} from '../../src/driver.js';
import { KvError } from '../../src/index.js';
import { memoryDriver } from '../../src/memory.js';

/** One call that the driver got. */
export interface SpyCall {
  readonly method: 'get' | 'write' | 'increment' | 'mutate' | 'commit' | 'scan';
  readonly args: readonly unknown[];
}

export interface SpyOptions {
  readonly inner?: Driver | undefined;
  readonly traits?: Partial<DriverTraits> | undefined;
  /** Which operations it has besides get and write. Default: none but those of storage. */
  readonly has?: readonly ('increment' | 'mutate')[] | undefined;
  /** Runs before the call takes effect. A throw fails the call. */
  readonly before?: ((call: SpyCall) => unknown) | undefined;
  /** Runs after the call took effect and before it answers. A throw is a lost reply. */
  readonly after?: ((call: SpyCall) => unknown) | undefined;
}

export interface SpyDriver extends Driver {
  readonly calls: SpyCall[];
  /** Calls of one method. */
  of(method: SpyCall['method']): SpyCall[];
}

/** An asynchronous driver over memory that tells what it was asked and can be delayed or broken. */
export function spyDriver(options: SpyOptions = {}): SpyDriver {
  const { inner = memoryDriver(), has = [], before, after } = options;
  const calls: SpyCall[] = [];
  const { synchronous: _, ...traits } = { ...inner.traits, ...options.traits };

  const asked = async <T>(
    method: SpyCall['method'],
    args: readonly unknown[],
    run: () => T | Promise<T>,
  ): Promise<T> => {
    const call = { method, args };
    calls.push(call);
    await before?.(call);
    const answer = await run();
    await after?.(call);
    return answer;
  };

  const increment = (items: readonly Increment[]): (IncrementResult | KvError)[] =>
    items.map((item) => addTo(inner, item));

  return {
    contract: 1,
    traits,
    clock: inner.clock,
    calls,
    of: (method) => calls.filter((call) => call.method === method),
    get: (keys, call) =>
      asked('get', [keys, call], async () => {
        const entries = await inner.get(keys, call);
        return call.ttl ? entries : entries.map(withoutTtl);
      }),
    write: (writes, call) => asked('write', [writes, call], () => inner.write(writes, call)),
    scan: (request, call) => asked('scan', [request, call], () => inner.scan!(request, call)),
    commit: (checks, writes, call) =>
      asked('commit', [checks, writes, call], () => inner.commit!(checks, writes, call)),
    close: () => inner.close(),
    ...(has.includes('increment') && {
      increment: (items: readonly Increment[]) =>
        asked('increment', [items], () => increment(items)),
    }),
    ...(has.includes('mutate') && {
      mutate: (items: readonly LocalMutation[], call) =>
        asked('mutate', [items, call], () => inner.mutate!(items, call)),
    }),
  };
}

/** As a server answers that was not asked for the time left. */
function withoutTtl(entry: Entry | undefined | KvError): Entry | undefined | KvError {
  return entry && 'value' in entry ? { value: entry.value, version: entry.version } : entry;
}

/** A native increment, written apart from the store's portable one. Exact beyond the safe integers. */
function addTo(
  inner: Driver,
  { key, by, min, max, ttlOnCreate }: Increment,
): IncrementResult | KvError {
  if (!Number.isSafeInteger(by)) throw new Error(`the contract promises a safe integer, not ${by}`);
  let result: IncrementResult | KvError | undefined;
  inner.mutate!(
    [
      {
        key,
        apply(current) {
          const text = current ? new TextDecoder().decode(current.value) : '0';
          if (!/^-?\d+$/.test(text)) {
            result = new KvError('NOT_AN_INTEGER', 'not an integer', { key });
            return undefined;
          }
          const next = BigInt(text) + BigInt(by);
          if (next < BigInt(min) || next > BigInt(max)) {
            result = { value: Number(text), applied: false };
            return undefined;
          }
          result = { value: Number(next), applied: true };
          const value = new TextEncoder().encode(String(next));
          const ttl = current ? 'keep' : (ttlOnCreate ?? 'none');
          return { type: 'put', key, value, ttl, condition: 'any' };
        },
      },
    ],
    { timeoutMs: 1_000 },
  );
  return result!;
}
