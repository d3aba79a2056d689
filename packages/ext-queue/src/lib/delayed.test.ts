import { describe, expect, it } from 'vitest';
import { createWorld, settled } from '../../../../tests/support/world.js';
import { createQueue, type QueueOptions } from '../index.js';

const TERMS: QueueOptions<number> = {
  visibilityMs: 3_600_000,
  maxAttempts: 3,
  backoff: { type: 'fixed', delayMs: 0 },
};
const PAGE_MS = 1_024_000;

describe('delayed jobs', () => {
  it('leave nothing to read behind, however sparse they are', async () => {
    const { clock, driver, process, again } = createWorld({ timeoutMs: 2_000 });
    const queue = createQueue<number>(process(), 'q', TERMS);
    const callsOf = async (): Promise<number> => {
      await clock.advance(500);
      const before = driver.calls;
      expect(await queue.reserve()).toBeUndefined();
      return driver.calls - before;
    };
    for (let page = 0; page < 40; page += 1) {
      await queue.enqueue(page, { delayMs: 1_000 });
      await clock.advance(1_500);
      await (await queue.reserve())?.ack();
      for (let look = 0; look < 3; look += 1) await callsOf();
      await clock.advance(PAGE_MS);
      await callsOf();
      await settled(clock);
    }
    await clock.advance(200_000);
    const keys: string[] = [];
    for await (const key of again().keys({ prefix: 'queue:q:p' })) keys.push(key);
    expect(keys.length).toBeLessThanOrEqual(2);
    expect(await callsOf()).toBeLessThan(10);
  });

  it('one that was given back early is delivered by others before its lease would have ended', async () => {
    const { clock, process } = createWorld({ timeoutMs: 2_000 });
    const [a, b] = [0, 1].map(() => createQueue<number>(process(), 'q', TERMS));
    await a!.enqueue(1, { delayMs: 1_000 });
    await clock.advance(1_500);
    const job = await a!.reserve();
    await clock.advance(5_000);
    expect(await b!.reserve()).toBeUndefined();
    await job?.nack();
    await clock.advance(5_000);
    expect((await b!.reserve())?.payload).toBe(1);
  });

  it('a second that could not be closed is closed later', async () => {
    const { clock, driver, process, again } = createWorld({ timeoutMs: 2_000 });
    const queue = createQueue<number>(process(), 'q', TERMS);
    await queue.enqueue(1, { delayMs: 1_000 });
    await clock.advance(1_500);
    await (await queue.reserve())?.ack();
    await clock.advance(3_000);
    // Sealing the segment is the first write of this look; what follows fails.
    driver.after = 1;
    driver.fault = 'down';
    await queue.reserve().catch(() => undefined);
    await settled(clock);
    driver.fault = 'none';
    for (let look = 0; look < 4; look += 1) {
      await clock.advance(3_000);
      await queue.reserve();
      await settled(clock);
    }
    const page = Math.floor(clock.now() / PAGE_MS);
    const record = new TextDecoder().decode(await again().raw.get(`queue:q:p0.${page}`));
    expect(record).toMatch(/"members":\[\]/);
  });
});
