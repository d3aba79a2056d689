/** What became of one test. */
export interface ConformanceResult {
  /** The `name` of the options. */
  readonly driver: string;
  readonly theme: string;
  readonly test: string;
  /** `not supported`: the traits say so. `skipped`: the options say so. */
  readonly status: 'passed' | 'failed' | 'not supported' | 'skipped';
  /** Why it did not run. */
  readonly reason?: string | undefined;
  readonly error?: unknown;
  /** What to pass as `seed` to repeat it. */
  readonly seed: number;
  readonly durationMs: number;
}
