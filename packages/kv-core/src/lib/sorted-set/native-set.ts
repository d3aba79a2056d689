import type { Clock } from '../clock/clock.js';
import type {
  ChangeResult,
  SortedAnswer,
  SortedChange,
  SortedQuery,
  SortedSetPlace,
} from '../driver/sorted.js';
import { isKvError, type KvError } from '../errors/kv-error.js';
import type { Next } from '../hooks/hook.js';
import type { CallOptions } from '../store/store.js';
import { inPart } from './in-part.js';
import type { SortedSet, SortedSetOptions } from './sorted-set.js';
import type { TreeSet } from './tree-set.js';

type Outcomes = readonly (ChangeResult | KvError)[];

/** Changes in one request: bounds its length and how long it keeps others waiting. */
const MOST_CHANGES = 2_000;

/**
 * A sorted set in the form that the driver keeps. What is stored says in which form a set is: one that was
 * begun as a tree, by a process whose driver or hooks allow no other, is used as a tree here too.
 */
export class NativeSet implements SortedSet {
  readonly #send: Next;
  /** As it is if the set never expires. */
  readonly #place: SortedSetPlace;
  readonly #ttlMs: (() => number) | undefined;
  readonly #tree: TreeSet;
  #isTree = false;

  constructor(send: Next, clock: Clock, options: SortedSetOptions, tree: TreeSet) {
    const { prefix, name, direction, ties, cap, expiresAt } = options;
    this.#send = send;
    this.#tree = tree;
    this.#place = {
      key: `${prefix}:${name}`,
      aside: `${prefix}.aside:${name}`,
      order: { direction, ties },
      cap,
      ttl: 'none',
    };
    this.#ttlMs =
      expiresAt === undefined
        ? undefined
        : () => Math.max(1, Math.floor(expiresAt) - Math.floor(clock.now()));
  }

  change(changes: readonly SortedChange[]): Promise<Outcomes> {
    return changes.length <= MOST_CHANGES ? this.#change(changes) : this.#changeInParts(changes);
  }

  async clear(): Promise<void> {
    const command = { verb: 'sortedChange', set: this.#set(), changes: 'clear' } as const;
    await this.#either<readonly unknown[]>(
      () => this.#send(command),
      () => this.#tree.clear().then(() => []),
    );
  }

  query(query: SortedQuery, options?: CallOptions): Promise<SortedAnswer> {
    const command = {
      verb: 'sortedQuery',
      set: this.#set(),
      query,
      signal: options?.signal,
    } as const;
    return this.#either(
      () => this.#send(command),
      () => this.#tree.query(query, options),
    );
  }

  async sweep(olderThanMs: number, options?: CallOptions): Promise<number> {
    // The server's own form leaves no garbage; asking tells whether it is that.
    await this.query({ type: 'count' }, options);
    return this.#isTree ? this.#tree.sweep(olderThanMs, options) : 0;
  }

  #change(changes: readonly SortedChange[]): Promise<Outcomes> {
    if (changes.length === 0) return Promise.resolve([]);
    const command = { verb: 'sortedChange', set: this.#set(), changes } as const;
    return this.#either<Outcomes>(
      () => this.#send(command),
      () => this.#tree.change(changes),
    );
  }

  async #changeInParts(changes: readonly SortedChange[]): Promise<Outcomes> {
    const outcomes: (ChangeResult | KvError)[] = [];
    for (let at = 0; at < changes.length; at += MOST_CHANGES) {
      try {
        for (const one of await this.#change(changes.slice(at, at + MOST_CHANGES))) {
          outcomes.push(one);
        }
      } catch (error) {
        throw at === 0 ? error : inPart(error, this.#place.key);
      }
    }
    return outcomes;
  }

  #set(): SortedSetPlace {
    const ttl = this.#ttlMs?.();
    return ttl === undefined ? this.#place : { ...this.#place, ttl };
  }

  /** In the form it last had; in the other one if that is refused, which changes nothing. */
  #either<T>(native: () => Promise<T>, tree: () => Promise<T>): Promise<T> {
    const [one, other] = this.#isTree ? [tree, native] : [native, tree];
    return one().catch(async (error: unknown) => {
      if (!isKvError(error, 'WRONG_TYPE')) throw error;
      const answer = await other();
      this.#isTree = other === tree;
      return answer;
    });
  }
}
