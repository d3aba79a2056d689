/** What one contender did in one round. */
export interface Sample {
  readonly operations: number;
  readonly seconds: number;
  /** CPU time of the process, user and system, in microseconds; of all processes if there are several. */
  readonly cpuMicros: number;
  /** Jain's index over what each caller got done: 1 is equal shares, 1 / callers is all for one. */
  readonly fairness?: number;
}

/** A contender that is connected and filled. */
export interface Prepared {
  /** Works for about this long and reports. */
  run(ms: number): Promise<Sample>;
  close(): Promise<void>;
}

/** `raw` is what the ratios are to; `codec` is the time of encoding and decoding alone. */
export type Role = 'ours' | 'raw' | 'peer' | 'codec';

/** One of those who do the same work. */
export interface Contender {
  readonly name: string;
  readonly role: Role;
  prepare(): Promise<Prepared>;
}

/** What is aimed at. Each names its measure; `peers` compares with the best of them. */
export type Target =
  | { readonly measure: 'ratio to raw'; readonly atLeast: number }
  | { readonly measure: 'ratio to best peer'; readonly atLeast: number }
  | { readonly measure: 'ratio to one peer'; readonly peer: string; readonly atLeast: number }
  | { readonly measure: 'fairness'; readonly atLeast: number }
  | { readonly measure: 'µs beyond codec'; readonly atMost: number }
  | { readonly measure: 'µs beyond raw'; readonly atMost: number };

/** The same work by all contenders, in interleaved rounds. The first of role `raw` is the base; there may be none. */
export interface Case {
  readonly title: string;
  readonly contenders: readonly Contender[];
  /** Of the first contender of role `ours`. */
  readonly targets: readonly Target[];
  /** Factor on the length of a round: what is unfair in the short needs longer ones. */
  readonly longer?: number;
}

/** A file of cases that share servers. Runs in a process of its own. */
export interface Workload {
  readonly title: string;
  /** What is done, in a sentence or two. */
  readonly about: string;
  /** Starts what the cases need. */
  open(): Promise<{ readonly cases: readonly Case[]; close(): Promise<void> }>;
}
