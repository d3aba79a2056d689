import { type Clock, KvError } from '@grovekv/kv-core';
import type { Driver } from '@grovekv/kv-core/driver';
import { memoryDriver } from '@grovekv/kv-core/memory';
import { portable } from '@grovekv/kv-core/testing';

/** A memory driver without native operations whose replies can get lost. */
export interface LossyDriver extends Driver {
  /** The next write is applied, and its reply is lost. */
  loseNextReply(): void;
  /** The next write gets lost on its way, and nobody can tell. */
  loseNextRequest(): void;
  /** Writes that reached the store. */
  readonly applied: number;
}

export function lossyDriver(clock?: Clock): LossyDriver {
  const driver = portable(memoryDriver({ clock }));
  let lose: 'reply' | 'request' | undefined;
  let applied = 0;
  return {
    ...driver,
    traits: { ...driver.traits, synchronous: [] },
    async write(writes, call) {
      const losing = lose;
      lose = undefined;
      const lost = (): KvError[] =>
        writes.map(({ key }) => {
          return new KvError('UNAVAILABLE', 'connection reset', { key, outcome: 'unknown' });
        });
      if (losing === 'request') return lost();
      const results = await driver.write(writes, call);
      applied += 1;
      return losing === 'reply' ? lost() : results;
    },
    loseNextReply() {
      lose = 'reply';
    },
    loseNextRequest() {
      lose = 'request';
    },
    get applied() {
      return applied;
    },
  };
}
