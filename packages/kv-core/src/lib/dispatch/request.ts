import type {
  Entry,
  Increment,
  IncrementResult,
  LocalMutation,
  Write,
  WriteResult,
} from '../driver/driver.js';
import type { SortedRequest, SortedResult } from '../driver/sorted.js';
import type { KvError } from '../errors/kv-error.js';

/** One item for the driver; `done` is called exactly once, with its result or its error. */
export interface Request<Item, Result> {
  readonly item: Item;
  /** `performance.now()` by which it must be settled. */
  readonly deadline: number;
  done(result: Result | KvError): void;
}

/** A request that calls a function with its answer. */
export class Asked<Item, Result> implements Request<Item, Result> {
  readonly item: Item;
  readonly deadline: number;
  readonly done: (result: Result | KvError) => void;

  constructor(item: Item, deadline: number, done: (result: Result | KvError) => void) {
    this.item = item;
    this.deadline = deadline;
    this.done = done;
  }
}

export type ReadRequest = Request<string, Entry | undefined>;
export type WriteRequest = Request<Write, WriteResult>;
export type IncrementRequest = Request<Increment, IncrementResult>;
export type MutationRequest = Request<LocalMutation, undefined>;
export type SortedSetRequest = Request<SortedRequest, SortedResult>;
