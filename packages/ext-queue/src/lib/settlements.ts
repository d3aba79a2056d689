import { doneEntry, type Entry, restAfter } from './entry.js';
import type { Lane } from './lane.js';
import type { Pulse } from './pulse.js';
import type { Draft } from './segment.js';
import { MOVE_MS, type Outlook, outlookOf } from './take.js';
import { newUid, sameUid, type Uid } from './uid.js';

/** What is asked for a delivery. */
export type Wanted =
  | { readonly type: 'ack' }
  | { readonly type: 'extend'; readonly visibilityMs: number }
  | { readonly type: 'nack'; readonly delayMs: number | undefined; readonly reason: string };

/** What became of it. `lost`: the token is not the current one, nothing was changed. */
export type Settled =
  | { readonly type: 'done' }
  | { readonly type: 'lost' }
  | { readonly type: 'leaving'; readonly entry: Entry };

/** Which lanes jobs leave for. */
export interface Exits {
  readonly deadLane: string;
  /** The lane of a job that is to rest for so long, and when it is due; `undefined`: it stays. */
  restLane(
    level: number,
    ms: number,
  ): { readonly lane: string; readonly dueAt: number } | undefined;
  now(): number;
  /** Hears of every segment that was changed. */
  changed(lane: Lane, segment: number, outlook: Outlook): void;
}

interface Request {
  readonly index: number;
  readonly uid: Uid;
  readonly token: Uid;
  readonly wanted: Wanted;
  resolve(settled: Settled): void;
  reject(error: unknown): void;
}

interface Batch {
  readonly lane: Lane;
  readonly segment: number;
  readonly requests: Request[];
}

/** What a delivery is known by. */
export interface Delivery {
  readonly lane: Lane;
  readonly segment: number;
  readonly index: number;
  readonly uid: Uid;
  readonly token: Uid;
}

/** Acknowledges, gives back and extends: those of one tick and segment are one write. */
export class Settlements {
  readonly #exits: Exits;
  #batches = new Map<string, Batch>();

  readonly #pulse: Pulse;

  constructor(exits: Exits, pulse: Pulse) {
    this.#exits = exits;
    this.#pulse = pulse;
  }

  /** One write, shared. */
  settle({ lane, segment, index, uid, token }: Delivery, wanted: Wanted): Promise<Settled> {
    return new Promise((resolve, reject) => {
      const key = lane.segmentKey(segment);
      let batch = this.#batches.get(key);
      if (!batch) {
        if (this.#batches.size === 0) this.#pulse.add(this.#flush);
        batch = { lane, segment, requests: [] };
        this.#batches.set(key, batch);
      }
      batch.requests.push({ index, uid, token, wanted, resolve, reject });
    });
  }

  readonly #flush = async (): Promise<void> => {
    const batches = this.#batches;
    this.#batches = new Map();
    await Promise.all([...batches].map(([key, batch]) => this.#send(key, batch)));
  };

  async #send(key: string, { lane, segment, requests }: Batch): Promise<void> {
    try {
      const { answers, outlook } = await lane.table.update(key, (draft) => {
        const answers = requests.map(
          (request): Settled => (draft ? settleOne(draft, request, this.#exits) : { type: 'lost' }),
        );
        const outlook = draft && outlookOf(draft, this.#exits.now());
        return { next: draft?.finish(), result: { answers, outlook } };
      });
      if (outlook) this.#exits.changed(lane, segment, outlook);
      for (const [nth, request] of requests.entries()) request.resolve(answers[nth]!);
    } catch (error) {
      for (const request of requests) request.reject(error);
    }
  }
}

/** Does it, or recognises that an earlier run has. */
function settleOne(draft: Draft, request: Request, exits: Exits): Settled {
  const { index, uid, token, wanted } = request;
  const entry = draft.entries[index];
  if (!entry || !sameUid(entry.uid, uid) || !sameUid(entry.token, token)) return { type: 'lost' };
  const { state } = entry;
  if (wanted.type === 'ack') {
    if (state === 'leased') draft.set(index, doneEntry(entry));
    return { type: state === 'leased' || state === 'done' ? 'done' : 'lost' };
  }
  if (wanted.type === 'extend') {
    if (state !== 'leased') return { type: 'lost' };
    draft.set(index, { ...entry, leftMs: wanted.visibilityMs });
    return { type: 'done' };
  }
  if (state === 'leaving') return { type: 'leaving', entry };
  if (state === 'waiting') return { type: 'done' };
  if (state !== 'leased') return { type: 'lost' };
  const next = afterFailure(entry, wanted, exits);
  draft.set(index, next);
  return next.state === 'leaving' ? { type: 'leaving', entry: next } : { type: 'done' };
}

function afterFailure(
  entry: Entry,
  { delayMs, reason }: Extract<Wanted, { type: 'nack' }>,
  exits: Exits,
): Entry {
  const leaving = { ...entry, state: 'leaving', reason, leftMs: MOVE_MS } as const;
  if (entry.attempts >= entry.maxAttempts) {
    return { ...leaving, target: { lane: exits.deadLane, segment: -1, uid: newUid() } };
  }
  const rest = delayMs ?? restAfter(entry.backoff, entry.attempts);
  const exit = exits.restLane(entry.level, rest);
  if (!exit) return { ...entry, state: 'waiting', leftMs: rest, reason };
  return { ...leaving, dueAt: exit.dueAt, target: { lane: exit.lane, segment: -1, uid: newUid() } };
}
