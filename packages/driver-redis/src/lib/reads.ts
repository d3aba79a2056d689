import { type Entry, type KvError, listOf } from '@grovekv/kv-core/driver';
import { type Connection, Terms } from './connection.js';
import { bySlot, cut, gather, type Limit, type Shape } from './parts.js';
import { RedisEntry } from './redis-entry.js';
import { replyError } from './redis-error.js';
import { READ } from './scripts.js';

type Read = Entry | undefined | KvError;

const LIMIT: Limit = { items: 1_000, bytes: Number.POSITIVE_INFINITY };
const SHAPE: Shape<string> = { key: (key) => key, bytes: () => 0 };

/**
 * Reads by GET and MGET. MGET answers nil for a key of another kind as for a missing one, so what it does
 * not find is asked for again by a script that can tell; where that has just been so, by the script at
 * once.
 */
export class Reads {
  readonly #connection: Connection;
  #expectMissing = false;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get(keys: readonly string[], ttl: boolean, due: number): Promise<Read[]> {
    const { nodes } = this.#connection;
    if (keys.length === 1 && !ttl && !nodes) return this.#one(keys[0]!, due, 0);
    const parts = bySlot(keys, SHAPE, nodes !== undefined).flatMap((part) =>
      cut(part, SHAPE, LIMIT),
    );
    const reads = this.#connection.together(() =>
      parts.map(({ slot, items, at }) => ({ at, results: this.#part(items, ttl, due, slot) })),
    );
    return gather(keys.length, reads);
  }

  #part(keys: readonly string[], ttl: boolean, due: number, slot: number): Promise<Read[]> {
    if (ttl) return this.#byScript(keys, true, due, slot);
    if (keys.length === 1) return this.#one(keys[0]!, due, slot);
    if (this.#expectMissing) return this.#byScript(keys, false, due, slot);
    return this.#byMget(keys, due, slot);
  }

  #one(key: string, due: number, slot: number): Promise<Read[]> {
    return this.#connection.settle<Buffer | null, Read[]>(
      () => this.#connection.commands.getBuffer(key),
      new Terms(due, false, slot),
      (reply) => listOf<Read>(reply === null ? undefined : new RedisEntry(reply)),
      (error) => [error],
    );
  }

  #byMget(keys: readonly string[], due: number, slot: number): Promise<Read[]> {
    return this.#connection.settle<(Buffer | null)[], Read[]>(
      () => this.#connection.commands.mgetBuffer(keys as string[]),
      new Terms(due, false, slot),
      (replies) => {
        const found: Read[] = new Array(keys.length);
        const missing = listOf<number>();
        for (let index = 0; index < keys.length; index += 1) {
          const reply = replies[index];
          if (reply) found[index] = new RedisEntry(reply);
          else missing.push(index);
        }
        return missing.length === 0 ? found : this.#again(keys, missing, found, due, slot);
      },
      (error) => keys.map(() => error),
    );
  }

  async #again(
    keys: readonly string[],
    missing: readonly number[],
    found: Read[],
    due: number,
    slot: number,
  ): Promise<Read[]> {
    this.#expectMissing = true;
    const asked = missing.map((index) => keys[index]!);
    const reads = await this.#byScript(asked, false, due, slot);
    missing.forEach((index, position) => {
      found[index] = reads[position];
    });
    return found;
  }

  #byScript(keys: readonly string[], ttl: boolean, due: number, slot: number): Promise<Read[]> {
    return this.#connection.settle<unknown[], Read[]>(
      () => this.#connection.script(READ, keys, [ttl ? '1' : '0']),
      new Terms(due, false, slot),
      (replies) => {
        let missing = 0;
        const found = keys.map((_, index): Read => {
          const reply = replies[index] as Buffer | 0 | null;
          if (reply === null) missing += 1;
          if (!reply) return reply === 0 ? replyError('WRONGTYPE') : undefined;
          return new RedisEntry(reply, replies[keys.length + index] as number | undefined);
        });
        if (!ttl && keys.length > 1 && missing === 0) this.#expectMissing = false;
        return found;
      },
      (error) => keys.map(() => error),
    );
  }
}
