const FIRST_MS = 25;
const LONGEST_MS = 1_000;

/** Waits with full jitter before attempt number `attempt + 1`; `false`, at once, if there is no time. */
export async function pause(attempt: number, due: number): Promise<boolean> {
  const ms = Math.random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  if (performance.now() + ms >= due) return false;
  await new Promise((resolve) => setTimeout(resolve, ms));
  return true;
}
