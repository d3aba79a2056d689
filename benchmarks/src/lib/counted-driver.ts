import type { Driver, MaybePromise } from '@grovekv/kv-core/driver';

/** Records that went through a driver. */
export interface RecordCounts {
  reads: number;
  writes: number;
  deletes: number;
}

/** The same driver, which counts the records whose key holds `part`. */
export function countedDriver(driver: Driver, part: string): [Driver, RecordCounts] {
  const counts: RecordCounts = { reads: 0, writes: 0, deletes: 0 };
  const get: Driver['get'] = (keys, call) => {
    for (const key of keys) if (key.includes(part)) counts.reads += 1;
    return driver.get(keys, call);
  };
  const write: Driver['write'] = (writes, call) => {
    for (const { key, type } of writes) {
      if (!key.includes(part)) continue;
      if (type === 'delete') counts.deletes += 1;
      else counts.writes += 1;
    }
    return driver.write(writes, call);
  };
  const counted = new Proxy(driver, {
    get(target, name): unknown {
      if (name === 'get') return get;
      if (name === 'write') return write;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function'
        ? (value as (...args: unknown[]) => MaybePromise<unknown>).bind(target)
        : value;
    },
  });
  return [counted, counts];
}
