import type { StoreAddress } from '../store/address.js';

/** The first message to a worker. */
export interface Assignment {
  readonly type: 'begin';
  readonly role: Role;
  readonly name: string;
  readonly store: StoreAddress;
  readonly namespace: string;
}

export type Role = 'contend' | 'hammer' | 'labour' | 'fire' | 'score';

/** What a worker is told later. */
export type Order =
  | { readonly type: 'pause' }
  | { readonly type: 'hammer'; readonly on: boolean }
  | { readonly type: 'fire'; readonly perSecond: number };

/** What any worker tells. */
export type CommonReport =
  | { readonly type: 'pausing' }
  | { readonly type: 'failed'; readonly message: string };

/** What a worker tells that contends for the lock. */
export type ContendReport =
  | CommonReport
  | { readonly type: 'waiting' }
  | { readonly type: 'acquired'; readonly fence: number }
  | { readonly type: 'released'; readonly fence: number }
  | { readonly type: 'lost'; readonly fence: number }
  | {
      readonly type: 'wrote';
      readonly fence: number;
      readonly accepted: boolean;
      /** The fence that the register holds now. */
      readonly seen: number;
    };

/**
 * What a worker tells that hammers the counter. `started` is on its way before the first of these
 * additions is, so that of a worker that dies it is known how many may have counted.
 */
export type HammerReport =
  | CommonReport
  | { readonly type: 'started'; readonly count: number }
  | {
      readonly type: 'ended';
      readonly acknowledged: number;
      readonly inDoubt: number;
      readonly refused: number;
    };

/** What a worker tells that works on the queue. */
export type LabourReport =
  | CommonReport
  | { readonly type: 'began'; readonly number: number; readonly attempt: number }
  | {
      readonly type: 'settled';
      readonly number: number;
      readonly attempt: number;
      readonly end: 'completed' | 'failed' | 'dead' | 'lost';
    };

/** What a worker tells that fires at the limiter: what became of its calls since the last report. */
export type FireReport =
  | CommonReport
  | {
      readonly type: 'fired';
      /** When each that was allowed was called and answered, by a clock that all processes share. */
      readonly admissions: readonly Admission[];
      readonly refused: number;
      readonly failed: number;
    };

/** A call that was allowed. Milliseconds of a monotonic clock that all processes of the machine share. */
export interface Admission {
  readonly called: number;
  readonly returned: number;
}

/** What a worker tells that scores on the board. */
export type ScoreReport = CommonReport | { readonly type: 'scored'; readonly points: number };
