/** Delayed jobs that are due within the same second share a lane. */
export const BUCKET_MS = 1_000;

/** The lane of dead letters. */
export const DEAD_LANE = 'x';

/** The lane of jobs that can be delivered at once. */
export function readyLane(level: number): string {
  return `r${level}`;
}

/** The lane of jobs that are due at a moment of the wall clock. */
export function delayedLane(level: number, dueAt: number): string {
  return bucketLane(level, Math.floor(dueAt / BUCKET_MS));
}

export function bucketLane(level: number, bucket: number): string {
  return `d${level}.${bucket}`;
}

/** The level and the bucket of a lane of delayed jobs. */
export function bucketOf(lane: string): { level: number; bucket: number } | undefined {
  const [, level, bucket] = /^d([0-9])\.([0-9]+)$/.exec(lane) ?? [];
  return level === undefined ? undefined : { level: Number(level), bucket: Number(bucket) };
}

/** The level of a lane of jobs that can be delivered. */
export function levelOf(lane: string): number | undefined {
  const [, level] = /^r([0-9])$/.exec(lane) ?? [];
  return level === undefined ? undefined : Number(level);
}
