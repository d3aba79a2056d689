/**
 * One operation of a history. Times are of one monotonic clock. An operation without `return` is in
 * doubt: it may have happened once, at any time after `call`, or never; its `output` is not looked at.
 */
export interface Operation<I, O> {
  readonly call: number;
  readonly return?: number | undefined;
  readonly input: I;
  readonly output?: O | undefined;
  /** Whose it is, for messages. */
  readonly client?: number | undefined;
}

/** What the operations would do one at a time. `S` is the state, immutable. */
export interface Model<S, I, O> {
  initial(): S;
  /** The state after the operation, and what it answers. */
  step(state: S, input: I): { readonly state: S; readonly output: O };
  /** Whether what was observed is what the model answers. Default: equal as JSON. */
  matches?(observed: O, expected: O): boolean;
  /** The state as text; equal texts are equal states. Default: JSON. */
  key?(state: S): string;
}

/** Collects operations as they happen. */
export class HistoryRecorder<I, O> {
  readonly operations: Operation<I, O>[] = [];
  readonly #now: () => number;

  /** @param now a monotonic clock, milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * Runs `call` and records it. `inDoubt` says whether an error leaves the outcome open; a definite
   * failure is not recorded, because it never happened. Errors are not passed on.
   */
  async record(
    client: number,
    input: I,
    call: () => Promise<O>,
    inDoubt: (error: unknown) => boolean,
  ): Promise<O | undefined> {
    const start = this.#now();
    try {
      const output = await call();
      this.operations.push({ client, input, call: start, return: this.#now(), output });
      return output;
    } catch (error) {
      if (inDoubt(error)) this.operations.push({ client, input, call: start });
      return undefined;
    }
  }
}
