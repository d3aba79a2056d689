import { type Clock, KvError } from '@grovekv/kv-core';
import type { Driver, Write } from '@grovekv/kv-core/driver';
import { memoryDriver } from '@grovekv/kv-core/memory';
import { portable } from '@grovekv/kv-core/testing';

/** A memory driver without native operations whose replies can get lost. */
export interface LossyDriver extends Driver {
  /** The next write for which `which` holds is applied, and its reply is lost; then `after` runs. */
  loseReply(which?: (write: Write) => boolean, after?: () => Promise<unknown>): void;
  /** The next such write gets lost on its way, and nobody can tell. */
  loseRequest(which?: (write: Write) => boolean): void;
  /** Refuses reads, or no longer. */
  refuseReads(refuse: boolean): void;
  /** Writes that reached the database. */
  readonly applied: number;
}

export function lossyDriver(clock?: Clock): LossyDriver {
  const driver = portable(memoryDriver({ clock }));
  let losing: ((write: Write) => boolean) | undefined;
  let sends = true;
  let then: (() => Promise<unknown>) | undefined;
  let applied = 0;
  let refusing = false;
  return {
    ...driver,
    traits: { ...driver.traits, synchronous: [] },
    async get(keys, call) {
      if (refusing) throw new KvError('UNAVAILABLE', 'down', { outcome: 'none' });
      return driver.get(keys, call);
    },
    refuseReads(refuse) {
      refusing = refuse;
    },
    async write(writes, call) {
      const lost = writes.map((write) => losing?.(write) ?? false);
      const sent = writes.filter((_, index) => sends || !lost[index]);
      const answers = sent.length > 0 ? await driver.write(sent, call) : [];
      const results = writes.map((write) => answers[sent.indexOf(write)]!);
      applied += sent.length;
      if (!lost.includes(true)) return results;
      const after = then;
      losing = undefined;
      then = undefined;
      await after?.();
      return writes.map(({ key }, index) =>
        lost[index]
          ? new KvError('UNAVAILABLE', 'connection reset', { key, outcome: 'unknown' })
          : results[index]!,
      );
    },
    loseReply(which = () => true, after) {
      losing = which;
      then = after;
      sends = true;
    },
    loseRequest(which = () => true) {
      losing = which;
      then = undefined;
      sends = false;
    },
    get applied() {
      return applied;
    },
  };
}
