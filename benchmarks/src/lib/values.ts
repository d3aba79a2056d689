/** A value of exactly 100 bytes as JSON, another one for each number. */
function makeValue(number: number): unknown {
  const id = 100_000 + number;
  return {
    id,
    name: 'Ada Lovelace',
    mail: 'ada@example.org',
    tags: ['a', 'b'],
    score: 12.5,
    ok: true,
  };
}

const VALUES = Array.from({ length: 64 }, (_, number) => makeValue(number));

/** One of a few values, made beforehand. */
export function someValue(turn: number): unknown {
  return VALUES[turn % VALUES.length];
}

/** Keys that no two callers share, about a thousand in all. */
export function keysOf(callers: number): string[][] {
  const each = Math.ceil(1_000 / callers);
  return Array.from({ length: callers }, (_, caller) =>
    Array.from({ length: each }, (_, number) => `user:${caller}:${number}`),
  );
}
