/** A job as the benchmarks enqueue it. */
export interface BenchJob {
  readonly n: number;
  readonly text: string;
}

/** The job of a number. */
export function makeJob(n: number): BenchJob {
  return { n, text: 'hello world' };
}
