import {
  type Check,
  type Clock,
  isKvError,
  type KvError,
  type LocalMutation,
  type Write,
  type WriteResult,
} from '@grovekv/kv-core/driver';
import { applyMutation, applyWrite, attempt, holds, loadsOf, type Scene } from './apply-write.js';
import type { Group } from './group.js';
import type { Work } from './job.js';
import type { VersionSource } from './versions.js';

export interface Keyed {
  readonly key: string;
}

/** What is done with the items of a call. */
export interface Kind<Item, T> {
  /** The keys that it looks at. */
  loads(items: readonly Item[]): readonly string[];
  run(items: readonly Item[], scene: Scene): T;
}

export const WRITES: Kind<Write, (WriteResult | KvError)[]> = {
  loads: loadsOf,
  run: (writes, scene) => writes.map((write) => attempt(() => applyWrite(scene, write))),
};

export const MUTATIONS: Kind<LocalMutation, (undefined | KvError)[]> = {
  loads: (mutations) => mutations.map(({ key }) => key),
  run: (mutations, scene) =>
    mutations.map((mutation) => attempt(() => applyMutation(scene, mutation))),
};

export const COMMIT: Kind<Check | Write, boolean> = {
  loads: loadsOf,
  run(items, scene) {
    const all = attempt(() => items.every((item) => holds(scene, item)));
    if (isKvError(all)) throw all;
    if (all) for (const item of items) if ('type' in item) applyWrite(scene, item);
    return all;
  },
};

/** The items of one call. */
export class ItemsWork<Item extends Keyed, T> implements Work<T> {
  readonly #kind: Kind<Item, T>;
  readonly #items: readonly Item[];
  readonly #versions: VersionSource;
  readonly #clock: Clock;
  readonly sync: boolean;

  constructor(
    kind: Kind<Item, T>,
    items: readonly Item[],
    sync: boolean,
    versions: VersionSource,
    clock: Clock,
  ) {
    this.#kind = kind;
    this.#items = items;
    this.sync = sync;
    this.#versions = versions;
    this.#clock = clock;
  }

  get size(): number {
    return this.#items.length;
  }

  touches(group: Group): boolean {
    return this.#items.some(({ key }) => group.hasSeen(key));
  }

  loads(): readonly string[] {
    return this.#kind.loads(this.#items);
  }

  run(group: Group): T {
    const scene = { group, versions: this.#versions, now: this.#clock.now() };
    return this.#kind.run(this.#items, scene);
  }
}
