import type { SortedChange } from '../driver/sorted.js';
import { KvError } from '../errors/kv-error.js';

/** A member while a commit is put together. */
export interface MemberState {
  readonly score: number;
  readonly seq: number;
  /** `undefined`: what is stored. */
  readonly data: string | null | undefined;
}

/** What {@link applyChange} needs to know of the set. */
export interface ChangeRules {
  readonly isBetter: (score: number, than: number) => boolean;
  readonly nextSeq: () => number;
}

/** What a change makes of a member; the same object if nothing. Throws `OUT_OF_RANGE`. */
export function applyChange(
  current: MemberState | undefined,
  change: SortedChange,
  { isBetter, nextSeq }: ChangeRules,
): MemberState | undefined {
  if (change.type === 'remove') return undefined;
  const sum = change.type === 'increment' ? (current?.score ?? 0) + change.by : change.score;
  if (!Number.isFinite(sum)) {
    throw new KvError('OUT_OF_RANGE', 'the sum is beyond the finite numbers');
  }
  const score = sum + 0; // −0 + 0 is 0
  const { data } = change;
  if (current && change.type === 'best' && !isBetter(score, current.score)) return current;
  if (current?.score === score) return data === undefined ? current : { ...current, data };
  // A member that comes back in the commit that removed it must not find its old data.
  const kept = current ? current.data : null;
  return { score, seq: nextSeq(), data: data === undefined ? kept : data };
}
