import { listOf } from '@grovekv/kv-core/driver';
import { keySlot } from './key-slot.js';

/** Some items of a call that go in one command. */
export class Part<T> {
  /** The hash slot that their keys share; 0 where there is one server. */
  readonly slot: number;
  readonly items: readonly T[];
  /** Where they were in the call. */
  readonly at: readonly number[];

  constructor(slot: number, items: readonly T[], at: readonly number[]) {
    this.slot = slot;
    this.items = items;
    this.at = at;
  }
}

/** What may go in one command, so that it keeps the server busy for a short time only. */
export interface Limit {
  readonly items: number;
  readonly bytes: number;
}

/** The keys and sizes of the items of a call. */
export interface Shape<T> {
  key(item: T): string;
  bytes(item: T): number;
}

/** Sorts items by slot. */
export function bySlot<T>(items: readonly T[], shape: Shape<T>, cluster: boolean): Part<T>[] {
  if (!cluster) return listOf(new Part(0, items, items.map(toIndex)));
  const slots = new Map<number, { slot: number; items: T[]; at: number[] }>();
  items.forEach((item, index) => {
    const slot = keySlot(shape.key(item));
    const part = slots.get(slot);
    if (part) {
      part.items.push(item);
      part.at.push(index);
    } else slots.set(slot, { slot, items: [item], at: [index] });
  });
  return [...slots.values()];
}

/** The items of which `test` holds, and the others. */
export function partition<T>(part: Part<T>, test: (item: T) => boolean): [Part<T>, Part<T>] {
  const yes = { slot: part.slot, items: [] as T[], at: [] as number[] };
  const no = { slot: part.slot, items: [] as T[], at: [] as number[] };
  part.items.forEach((item, index) => {
    const side = test(item) ? yes : no;
    side.items.push(item);
    side.at.push(part.at[index]!);
  });
  return [yes, no];
}

/** Cuts by the limit; an item that alone is over the limit of bytes goes alone. */
export function cut<T>(part: Part<T>, shape: Shape<T>, limit: Limit): Part<T>[] {
  const { slot, items, at } = part;
  const parts = listOf<Part<T>>();
  let from = 0;
  let bytes = 0;
  const end = (to: number): void => {
    if (to > from) parts.push(new Part(slot, items.slice(from, to), at.slice(from, to)));
    from = to;
    bytes = 0;
  };
  items.forEach((item, index) => {
    const more = shape.bytes(item);
    if (index - from >= limit.items || bytes + more > limit.bytes) end(index);
    bytes += more;
  });
  if (from === 0 && items.length > 0) return listOf(part);
  end(items.length);
  return parts;
}

/** Puts the results of all parts in the places of their items. */
export async function gather<R>(
  size: number,
  parts: readonly { readonly at: readonly number[]; readonly results: Promise<R[]> }[],
): Promise<R[]> {
  if (parts.length === 1) return parts[0]!.results;
  const all: R[] = new Array(size);
  await Promise.all(
    parts.map(async ({ at, results }) => {
      const some = await results;
      for (let index = 0; index < at.length; index += 1) all[at[index]!] = some[index]!;
    }),
  );
  return all;
}

function toIndex(_: unknown, index: number): number {
  return index;
}
