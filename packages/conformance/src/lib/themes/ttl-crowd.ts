import { equal, fail } from '../assert/assert.js';
import { put, read, touch } from '../suite/probe.js';
import type { TestContext } from '../suite/test-context.js';

/** A key whose ttl was given at some moment between `called` and `returned`. */
interface Member {
  readonly key: string;
  readonly ttl: number;
  readonly how: 'put' | 'touch' | 'keep';
  readonly called: number;
  readonly returned: number;
}

const MOST_LATENESS_WAITED_FOR_MS = 6_000;
const POLL_MS = 10;

/**
 * Gives 200 keys random ttls of 50 ms to 3 s, by all ways there are, and watches them. A hit must start
 * before returned + ttl + late; a miss must end after called + ttl.
 */
export async function crowdOfTtls(context: TestContext): Promise<void> {
  const { driver, key, random, now, pass, call, lateMs, tickMs } = context;
  const immortal = [key('immortal'), key('persisted')];
  await put(driver, key('immortal'), 'x');
  await put(driver, key('persisted'), 'x', { ttl: 2_000 });
  await touch(driver, key('persisted'), 'none');

  const plan = Array.from({ length: 200 }, (_, index) => ({
    key: key(`crowd${index}`),
    ttl: random.int(50, 3_000),
    how: random.pick(['put', 'touch', 'keep'] as const),
  }));
  let alive = await Promise.all(plan.map((member) => join(context, member)));
  const moments = context.manualTime ? momentsOfInterest(alive, lateMs) : [];
  const last = Math.max(...alive.map(({ returned, ttl }) => returned + ttl));
  const end = last + Math.min(lateMs, MOST_LATENESS_WAITED_FOR_MS);

  while (alive.length > 0 && now() <= end) {
    const start = now();
    const entries = await driver.get(
      alive.map((member) => member.key),
      { ...call, ttl: false },
    );
    const finish = now();
    alive = alive.filter((member, index) => {
      const entry = entries[index];
      if (entry instanceof Error) throw entry;
      const what = `${member.how} with a ttl of ${member.ttl} ms`;
      if (entry === undefined) {
        const early = member.called + member.ttl - finish;
        if (early > tickMs) fail(`${what}: missing ${early.toFixed(1)} ms early`);
        return false;
      }
      const late = start - (member.returned + member.ttl);
      if (late > lateMs) fail(`${what}: there ${late.toFixed(1)} ms late`);
      return true;
    });
    await pass(context.manualTime ? (moments.shift() ?? end + 1) - now() : POLL_MS);
  }
  for (const k of immortal) equal((await read(driver, k)) !== undefined, true, `${k} is there`);
}

async function join(
  { driver, now }: TestContext,
  { key, ttl, how }: Pick<Member, 'key' | 'ttl' | 'how'>,
): Promise<Member> {
  if (how === 'touch') await put(driver, key, 'x');
  const called = now();
  if (how === 'touch') await touch(driver, key, ttl);
  else await put(driver, key, 'x', { ttl });
  const returned = now();
  if (how === 'keep') {
    const kept = await put(driver, key, 'y', { ttl: 'keep', if: 'present' });
    if (!kept.applied && now() - called < ttl) fail(`keep: ${key} is missing early`);
  }
  return { key, ttl, how, called, returned };
}

/** On a clock that stands still: just before each key may go, and just after it must be gone. */
function momentsOfInterest(members: readonly Member[], lateMs: number): number[] {
  const moments = members.flatMap(({ called, returned, ttl }) => [
    called + ttl - 1,
    returned + ttl + lateMs + 1,
  ]);
  return [...new Set(moments)].sort((a, b) => a - b);
}
