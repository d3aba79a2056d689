import { randomUUID } from 'node:crypto';
import type { DeleteWrite, PutWrite, TouchWrite, Write } from '@grovekv/kv-core/driver';
import { Expression } from './expression.js';
import { type Content, type Item, type ItemFormat, toContent } from './item-format.js';

/** What all requests to one item have. */
interface Target {
  readonly TableName: string;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Item;
}

/** One write as DynamoDB takes it, alone or in a transaction. */
export type Plan =
  | { readonly Put: Target & { readonly Item: Item } }
  | { readonly Update: Target & { readonly Key: Item; readonly UpdateExpression: string } }
  | { readonly Delete: Target & { readonly Key: Item } };

/** A write as a request, and what is known of it before it is sent. */
export interface PlannedWrite {
  readonly plan: Plan;
  /** What the stored entry has as version if it applies. */
  readonly version?: string;
  /**
   * Only for a put that keeps the ttl, whatever is there: one request cannot say both "keep it" and "but
   * not that of an expired item". If the condition of `plan` fails, the item has expired: then this one.
   */
  readonly ifExpired?: Plan;
}

/** Plans writes for a table. */
export class Planner {
  readonly #format: ItemFormat;
  readonly #table: string;

  constructor(format: ItemFormat, table: string) {
    this.#format = format;
    this.#table = table;
  }

  plan(write: Write): PlannedWrite {
    if (write.type === 'delete') return { plan: this.#delete(write) };
    if (write.type === 'touch') return { plan: this.#touch(write) };
    const version = randomUUID();
    const content = toContent(write.value);
    const { key, condition, ttl } = write;
    if (ttl !== 'keep' || condition === 'absent') {
      return { version, plan: this.#put(write, content, version) };
    }
    const expression = new Expression(this.#format);
    const guard = condition === 'any' ? expression.notExpired() : expression.condition(condition);
    const plan = this.#replace(key, content, version, expression, guard);
    if (condition !== 'any') return { version, plan };
    return { version, plan, ifExpired: this.#overExpired(key, content, version) };
  }

  /** Sets another value and leaves the ttl. */
  #replace(
    key: string,
    content: Content,
    version: string,
    expression: Expression,
    condition: string,
  ): Plan {
    const [set, remove] =
      'N' in content ? (['number', 'value'] as const) : (['value', 'number'] as const);
    const assign = [
      `${expression.name(set)} = ${expression.value('content', content as never)}`,
      `${expression.name('version')} = ${expression.value('new', { S: version })}`,
    ];
    return {
      Update: {
        TableName: this.#table,
        Key: this.#format.keyOf(key),
        UpdateExpression: `SET ${assign.join(', ')} REMOVE ${expression.name(remove)}`,
        ConditionExpression: condition,
        ...expression.parts,
      },
    };
  }

  /** Puts another number in the place of the very state that was read, whatever its form. */
  convert(key: string, value: number, old: string): PlannedWrite {
    const version = randomUUID();
    const expression = new Expression(this.#format);
    const condition = expression.condition({ version: old });
    const content = { N: String(value) };
    return { version, plan: this.#replace(key, content, version, expression, condition) };
  }

  #overExpired(key: string, content: Content, version: string): Plan {
    const expression = new Expression(this.#format);
    return {
      Put: {
        TableName: this.#table,
        Item: this.#format.item(key, content, version, 'none'),
        ConditionExpression: expression.expired(),
        ...expression.parts,
      },
    };
  }

  #put({ key, condition, ttl }: PutWrite, content: Content, version: string): Plan {
    const TableName = this.#table;
    const Item = this.#format.item(key, content, version, ttl);
    if (condition === 'any') return { Put: { TableName, Item } };
    const expression = new Expression(this.#format);
    const ConditionExpression = expression.condition(condition);
    return { Put: { TableName, Item, ConditionExpression, ...expression.parts } };
  }

  #delete({ key, condition }: DeleteWrite): Plan {
    const TableName = this.#table;
    const Key = this.#format.keyOf(key);
    if (condition === 'any') return { Delete: { TableName, Key } };
    const expression = new Expression(this.#format);
    const ConditionExpression = expression.condition(condition);
    return { Delete: { TableName, Key, ConditionExpression, ...expression.parts } };
  }

  #touch({ key, condition, ttl }: TouchWrite): Plan {
    const expression = new Expression(this.#format);
    const [at, removal] = [expression.name('expiresAt'), expression.name('ttl')];
    const more = condition === 'any' ? [] : [`(${expression.condition(condition)})`];
    let update = `REMOVE ${at}, ${removal}`;
    if (ttl !== 'none') {
      const { expiresAt, removeAt } = this.#format.expiry(ttl);
      const set = `${at} = ${expression.value('at', expiresAt)}`;
      update = `SET ${set}, ${removal} = ${expression.value('removal', removeAt)}`;
    }
    return {
      Update: {
        TableName: this.#table,
        Key: this.#format.keyOf(key),
        UpdateExpression: update,
        // It never applies where nothing is, whatever else is asked.
        ConditionExpression: [expression.condition('present'), ...more].join(' AND '),
        ...expression.parts,
      },
    };
  }
}
