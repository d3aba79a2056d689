import type {
  ChangeResult,
  DriverCall,
  KvError,
  SortedChange,
  SortedOrder,
  SortedRequest,
} from '@grovekv/kv-core/driver';
import { byBytes } from '../bytes/by-bytes.js';
import { type Mutant, mutant } from './mutant.js';
import { hop, ReferenceDriver } from './reference-driver.js';
import { ReferenceSortedSet, type SortedRow } from './reference-sorted-set.js';

/** A driver whose sorted sets have the bug. */
function sortedMutant(
  name: string,
  Broken: new (order: SortedOrder) => ReferenceSortedSet,
): Mutant {
  return mutant(
    name,
    'sorted set',
    class extends ReferenceDriver {
      protected override newSortedSet(order: SortedOrder): ReferenceSortedSet {
        return new Broken(order);
      }
    },
  );
}

/** Bugs in sorted sets that a driver keeps itself. */
export const sortedMutants: readonly Mutant[] = [
  sortedMutant(
    'ties go to who came last',
    class extends ReferenceSortedSet {
      protected override compare(a: SortedRow, b: SortedRow): number {
        return a.score === b.score ? b.seq - a.seq : super.compare(a, b);
      }
    },
  ),
  sortedMutant(
    'lexical ties are turned round with the direction',
    class extends ReferenceSortedSet {
      protected override compare(a: SortedRow, b: SortedRow): number {
        const isTie = a.score === b.score && this.order.ties === 'lexical';
        if (!isTie || this.order.direction === 'ascending') return super.compare(a, b);
        return byBytes(b.member, a.member);
      }
    },
  ),
  sortedMutant(
    'best replaces a better score',
    class extends ReferenceSortedSet {
      protected override changeOne(change: SortedChange): ChangeResult | KvError {
        return super.changeOne(change.type === 'best' ? { ...change, type: 'set' } : change);
      }
    },
  ),
  sortedMutant(
    'dense ranks are competition ranks',
    class extends ReferenceSortedSet {
      protected override rankOf(row: SortedRow, kind: 'ordinal' | 'competition' | 'dense'): number {
        return super.rankOf(row, kind === 'dense' ? 'competition' : kind);
      }
    },
  ),
  sortedMutant(
    'a member that is removed leaves its data',
    class extends ReferenceSortedSet {
      readonly #left = new Map<string, string | undefined>();
      protected override changeOne(change: SortedChange): ChangeResult | KvError {
        const row = this.rows.find(({ member }) => member === change.member);
        if (change.type === 'remove') this.#left.set(change.member, row?.data);
        const isBack = change.type !== 'remove' && !row && change.data === undefined;
        return super.changeOne(
          isBack ? { ...change, data: this.#left.get(change.member) } : change,
        );
      }
    },
  ),
  sortedMutant(
    'the cap drops the best',
    class extends ReferenceSortedSet {
      override change(changes: readonly SortedChange[], cap: number | undefined) {
        const results = super.change(changes, undefined);
        if (cap !== undefined) this.rows = this.rows.slice(-cap);
        return results;
      }
    },
  ),
  sortedMutant(
    'a bound is not part of what it bounds',
    class extends ReferenceSortedSet {
      protected override within(bounds: { readonly best?: number | undefined }) {
        return super.within(bounds).filter(({ score }) => score !== bounds.best);
      }
    },
  ),
  mutant(
    'a sorted set is read and written in two steps',
    'sorted set',
    class extends ReferenceDriver {
      override async sortedSet(requests: readonly SortedRequest[], call: DriverCall) {
        const [first] = requests;
        const changes = first && 'changes' in first ? first.changes : 'clear';
        const change = changes === 'clear' ? undefined : changes[0];
        if (!first || change?.type !== 'increment') return super.sortedSet(requests, call);
        const { set } = first;
        const { member, by } = change;
        const before = this.sorted(set.key)?.answer({
          type: 'members',
          members: [member],
          ranks: 'none',
        });
        await hop();
        const score = (before?.entries[0]?.score ?? 0) + by;
        const changed: SortedRequest = { set, changes: [{ type: 'set', member, score }] };
        return super.sortedSet([changed, ...requests.slice(1)], call);
      }
    },
  ),
  mutant(
    'bytes at the key are replaced by a sorted set',
    'sorted set',
    class extends ReferenceDriver {
      override async sortedSet(requests: readonly SortedRequest[], call: DriverCall) {
        for (const { set } of requests) this.database.slots.delete(set.key);
        return super.sortedSet(requests, call);
      }
    },
  ),
];
