import type {
  Check,
  Entry,
  Increment,
  IncrementResult,
  MaybePromise,
  ScanPage,
  ScanRequest,
  Write,
  WriteResult,
} from '../driver/driver.js';
import type {
  ChangeResult,
  SortedAnswer,
  SortedChange,
  SortedQuery,
  SortedSetPlace,
} from '../driver/sorted.js';
import type { KvError } from '../errors/kv-error.js';

/** Part of every command. */
interface CommandBase {
  readonly signal?: AbortSignal | undefined;
}

/** Reads keys; answers with entries in the order of the keys. */
export interface GetCommand extends CommandBase {
  readonly verb: 'get';
  readonly keys: readonly string[];
  /** Whether the time left is wanted. */
  readonly ttl: boolean;
}

/** Writes, each by itself; answers with results in order. */
export interface WriteCommand extends CommandBase {
  readonly verb: 'write';
  readonly writes: readonly Write[];
}

/** Adds to a counter. */
export interface IncrementCommand extends CommandBase {
  readonly verb: 'increment';
  readonly increment: Increment;
}

/** What a step of a mutation sees. */
export interface MutationState {
  readonly value: Uint8Array | undefined;
  /** Time left, if the mutation asked for it and the key expires. */
  readonly ttlMs: number | undefined;
}

/** What a step of a mutation decides; `result` goes to its caller. */
export type MutationStep =
  | { readonly type: 'keep'; readonly result: unknown }
  | { readonly type: 'delete'; readonly result: unknown }
  | {
      readonly type: 'put';
      readonly value: Uint8Array;
      readonly ttl: number | 'none' | 'keep';
      readonly result: unknown;
    };

/** Reads, decides and writes one key atomically; answers with the step's `result`. */
export interface MutateCommand extends CommandBase {
  readonly verb: 'mutate';
  readonly key: string;
  /** Pure: it may run several times. */
  readonly step: (state: MutationState) => MutationStep;
  readonly ttl: boolean;
  /** The step recognises its own earlier effect, so a write in doubt may be tried again. */
  readonly idempotent: boolean;
}

/** Writes several keys, all or none; answers with whether it applied. */
export interface CommitCommand extends CommandBase {
  readonly verb: 'commit';
  readonly checks: readonly Check[];
  readonly writes: readonly Write[];
}

/** Lists keys; answers with a page. */
export interface ScanCommand extends CommandBase {
  readonly verb: 'scan';
  readonly request: ScanRequest;
}

/** Changes a sorted set that the driver keeps; answers with what became of each change. */
export interface SortedChangeCommand extends CommandBase {
  readonly verb: 'sortedChange';
  readonly set: SortedSetPlace;
  readonly changes: readonly SortedChange[] | 'clear';
}

/** Asks a sorted set that the driver keeps. */
export interface SortedQueryCommand extends CommandBase {
  readonly verb: 'sortedQuery';
  readonly set: SortedSetPlace;
  readonly query: SortedQuery;
}

/** Everything that a store does, as data. */
export type Command =
  | GetCommand
  | WriteCommand
  | IncrementCommand
  | MutateCommand
  | CommitCommand
  | ScanCommand
  | SortedChangeCommand
  | SortedQueryCommand;

/** Whether it changes nothing. */
export function isRead({ verb }: Command): boolean {
  return verb === 'get' || verb === 'scan' || verb === 'sortedQuery';
}

/** What each command answers with. */
export interface CommandResults {
  get: readonly (Entry | undefined)[];
  write: readonly WriteResult[];
  increment: IncrementResult;
  mutate: unknown;
  commit: boolean;
  scan: ScanPage;
  sortedChange: readonly (ChangeResult | KvError)[];
  sortedQuery: SortedAnswer;
}

/** The answer to a command `C`. */
export type ResultOf<C extends Command> = CommandResults[C['verb']];

/** Hands a command to the next layer. Typed by the command that it is given. */
export type Next = <C extends Command>(command: C) => Promise<ResultOf<C>>;

/** Rewrites keys: `from(to(key)) === key`, and two keys never become one. */
export interface KeyFace {
  to(key: string): string;
  from(key: string): string;
}

/**
 * Rewrites stored bytes: `decode(encode(bytes))` equals `bytes`, and `decode` of anything else throws a
 * `KvError`. `key` is the key at the driver. Either may be asynchronous.
 */
export interface ValueFace {
  encode(value: Uint8Array, key: string): MaybePromise<Uint8Array>;
  decode(value: Uint8Array, key: string): MaybePromise<Uint8Array>;
  /** The server must not see plaintext. */
  readonly confidential?: boolean;
  /** It makes bytes shorter, which after encryption it cannot. */
  readonly compresses?: boolean;
}

/** Wraps every command. Calls `next` any number of times; its return value is the answer. */
export type AroundFace = <C extends Command>(command: C, next: Next) => Promise<ResultOf<C>>;

/**
 * Something between the store and the driver. The first hook of the list is the outermost. Key and
 * around faces are layers in that order; value faces are applied last, at the driver's key, encoding in
 * the order of the list and decoding in reverse.
 */
export interface Hook {
  readonly name: string;
  readonly key?: KeyFace | undefined;
  readonly value?: ValueFace | undefined;
  readonly around?: AroundFace | undefined;
}
