import type { Store } from '@grovekv/kv-core';
import { describe, expect, it } from 'vitest';
import { createWorld } from '../../../../tests/support/world.js';
import { doneEntry, type Entry } from './entry.js';
import { Lane } from './lane.js';
import { newEntry } from './new-entry.js';
import { queueSettings } from './options.js';
import { SegmentTable } from './segment-table.js';
import { take } from './take.js';

const DELAYED = 'd0.1767225600';

function open() {
  const world = createWorld({ timeoutMs: 2_000 });
  const processOf = (): { lane: Lane; entry: () => Entry; store: Store } => {
    const store = world.process();
    const settings = queueSettings<unknown>(store, 'q', {});
    const table = new SegmentTable(store, world.clock);
    const entry = (): Entry => newEntry(settings, settings.codec, 1, {});
    return { lane: new Lane({ settings, table, store }, DELAYED), entry, store };
  };
  return { ...world, processOf };
}

/** All jobs of a segment are done, and it takes no more. */
async function finish({ table }: Lane, key: string): Promise<void> {
  await table.update(key, (draft) => {
    draft!.entries.forEach((entry, index) => {
      draft!.set(index, doneEntry(entry));
    });
    draft!.seal();
    return { next: draft!.finish(), result: undefined };
  });
}

describe('a lane whose time is over', () => {
  it('stays closed, though something has come in before, until that is done', async () => {
    const { processOf } = open();
    const [producer, consumer] = [processOf(), processOf()];
    await producer.lane.append([producer.entry()]);
    await finish(consumer.lane, consumer.lane.segmentKey(0));
    expect(await producer.lane.append([producer.entry()])).toMatchObject([{ segment: 1 }]);
    expect(await consumer.lane.close(1)).toBe(false);
    await finish(consumer.lane, consumer.lane.segmentKey(1));
    const { lane, entry } = processOf();
    expect(await lane.append([entry()])).toEqual([]);
    expect(await producer.lane.append([producer.entry()])).toEqual([]);
    // The segment that the second one made and took its job back from is drained.
    expect(await consumer.lane.close(3)).toBe(true);
  });

  it('does not acknowledge a job that somebody has taken from it while it was being closed', async () => {
    const { driver, processOf } = open();
    const [producer, consumer] = [processOf(), processOf()];
    const { get } = driver;
    let reads = 0;
    driver.get = async (keys, call) => {
      if (keys.some((key) => key.endsWith(DELAYED))) reads += 1;
      // The look at the hint after the segment was made.
      if (reads === 2) {
        driver.get = get;
        const key = consumer.lane.segmentKey(0);
        const wish = { most: 1, visibilityMs: 1_000, deadLane: 'x', now: () => Date.now() };
        const taken = await consumer.lane.table.update(key, take(wish));
        expect(taken?.jobs.length).toBe(1);
        await consumer.lane.close(1);
      }
      return get.call(driver, keys, call);
    };
    const sent = producer.lane.append([producer.entry()]);
    await expect(sent).rejects.toMatchObject({ code: 'CONTENTION', outcome: 'unknown' });
  });
});

it('a lane is made from its head on, though a tombstone of an earlier one is left', async () => {
  const { processOf } = open();
  const [producer, consumer, later] = [processOf(), processOf(), processOf()];
  await producer.lane.append([producer.entry()]);
  const first = producer.lane.segmentKey(0);
  await finish(consumer.lane, first);
  await producer.lane.append([producer.entry()]);
  await finish(consumer.lane, consumer.lane.segmentKey(1));
  await producer.store.delete(first);
  expect(await later.lane.append([later.entry()])).toMatchObject([{ segment: 0 }]);
});
