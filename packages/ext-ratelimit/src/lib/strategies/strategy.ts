/** What a limit has to remember, as finite numbers; empty if there is nothing. */
export type LimitState = readonly number[];

/** What a limit says to a request. */
export interface Verdict {
  readonly allowed: boolean;
  /** The state if the request is let in. */
  readonly state: LimitState;
  /** What could be asked for at once: after this request if it is allowed, else now. */
  readonly remaining: number;
  /** Milliseconds until a request of this cost would be allowed if nobody else asked; 0 if it is. */
  readonly retryAfterMs: number;
  /** Milliseconds until the state is as good as empty. */
  readonly resetMs: number;
}

/**
 * One way to limit: pure functions on a state. `now` is in milliseconds and never smaller than in the
 * call that made the state. A cost of 0 asks without taking anything.
 */
export interface Strategy {
  take(state: LimitState, now: number, cost: number): Verdict;
  /** Gives back up to `cost` of what was taken. */
  give(state: LimitState, now: number, cost: number): LimitState;
}

/** What every strategy is made of. */
export interface Rate {
  /** Whole units in a window. */
  readonly limit: number;
  readonly windowMs: number;
}
