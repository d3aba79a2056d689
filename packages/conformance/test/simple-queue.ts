import { KvError, type Store } from '@grovekv/kv-core';
import type { JobUnderTest, QueueTerms, QueueUnderTest } from '../src/index.js';

interface StoredJob {
  readonly id: string;
  readonly payload: number;
  readonly dedupe?: string | undefined;
  readonly priority: number;
  readonly attempts: number;
  /** When it may be delivered (again). */
  readonly at: number;
  readonly token: string;
}

interface QueueRecord {
  readonly jobs: readonly StoredJob[];
  readonly dead: readonly StoredJob[];
  /** Ids that were used, and tokens that were acknowledged. */
  readonly ids: readonly string[];
  readonly acked: readonly string[];
}

const EMPTY: QueueRecord = { jobs: [], dead: [], ids: [], acked: [] };

type Options = NonNullable<Parameters<QueueUnderTest['enqueue']>[1]>;

/** The least that a correct queue is, in one record; the broken ones override a method. */
export class SimpleQueue implements QueueUnderTest {
  readonly store: Store;
  readonly key: string;
  readonly terms: QueueTerms;

  constructor(store: Store, name: string, terms: QueueTerms) {
    this.store = store;
    this.key = `queue:${name}`;
    this.terms = terms;
  }

  change<R>(
    step: (record: QueueRecord, now: number) => { put?: QueueRecord; result: R },
  ): Promise<R> {
    return this.store.update<QueueRecord, R>(
      this.key,
      (record, { now }) => {
        const { put, result } = step(record ?? EMPTY, now);
        return put ? { put, result } : { keep: true, result };
      },
      { idempotent: true },
    );
  }

  async enqueue(payload: number, options: Options = {}) {
    const { id, dedupe, delayMs = 0, priority = 0 } = options;
    const own = id ?? crypto.randomUUID();
    let mine = false;
    return this.change((record, now) => {
      const twin = record.jobs.find((job) => job.dedupe !== undefined && job.dedupe === dedupe);
      if (twin && twin.id !== own) return { result: { id: twin.id, duplicate: true } };
      if (this.isKnown(record, own)) return { result: { id: own, duplicate: !mine } };
      mine = true;
      const key = dedupe === undefined ? {} : { dedupe };
      const state = { attempts: 0, at: now + delayMs, token: '' };
      const job = { id: own, payload, ...key, priority, ...state };
      const put = { ...record, jobs: this.add(record.jobs, job), ids: [...record.ids, own] };
      return { put, result: { id: own, duplicate: false } };
    });
  }

  async reserveMany(most: number): Promise<JobUnderTest[]> {
    const nonce = crypto.randomUUID();
    const taken = await this.change((record, now) => {
      const ours = record.jobs.filter(({ token }) => token.startsWith(nonce));
      if (ours.length > 0) return { result: ours };
      const over = (job: StoredJob): boolean =>
        job.at <= now && job.attempts >= this.terms.maxAttempts;
      const dead = record.jobs.filter(over);
      const jobs = record.jobs.filter((job) => !over(job));
      const due = jobs.filter(({ at }) => at <= now).sort((a, b) => b.priority - a.priority);
      const chosen = due.slice(0, most).map((job, nth) => this.lease(job, `${nonce}${nth}`, now));
      const put = {
        ...record,
        jobs: jobs.map((job) => chosen.find(({ id }) => id === job.id) ?? job),
        dead: [...record.dead, ...dead],
      };
      if (chosen.length + dead.length === 0) return { result: [] };
      return { put, result: chosen };
    });
    return taken.map((job) => this.handle(job));
  }

  readonly dead = {
    list: async () => (await this.store.get<QueueRecord>(this.key))?.dead.slice() ?? [],
    redrive: () =>
      this.change((record, now) => {
        const back = record.dead.map((job) => ({ ...job, attempts: 0, at: now, token: '' }));
        const put = { ...record, jobs: [...record.jobs, ...back], dead: [] };
        return { put, result: back.length };
      }),
    purge: () =>
      this.change((record) => ({ put: { ...record, dead: [] }, result: record.dead.length })),
  };

  isKnown(record: QueueRecord, id: string): boolean {
    return record.ids.includes(id);
  }

  add(jobs: readonly StoredJob[], job: StoredJob): StoredJob[] {
    return [...jobs, job];
  }

  lease(job: StoredJob, token: string, now: number): StoredJob {
    return { ...job, token, attempts: job.attempts + 1, at: now + this.terms.visibilityMs };
  }

  isCurrent(job: StoredJob | undefined, token: string, now: number): boolean {
    return job?.token === token && job.at > now;
  }

  handle(job: StoredJob): JobUnderTest {
    const { id, payload, attempts: attempt, token } = job;
    return {
      ...{ id, payload, attempt, token },
      ack: () => this.settle(job, () => undefined),
      extend: (ms = this.terms.visibilityMs) =>
        this.settle(job, (stored, now) => ({ ...stored, at: now + ms })),
      nack: ({ delayMs = this.terms.backoffMs } = {}) =>
        this.settle(job, (stored, now) => this.giveBack(stored, now + delayMs)),
    };
  }

  giveBack(job: StoredJob, at: number): StoredJob {
    return { ...job, at, token: `${job.token} given back` };
  }

  async settle(
    { id, token }: StoredJob,
    change: (job: StoredJob, now: number) => StoredJob | undefined,
  ): Promise<void> {
    const done = await this.change<boolean>((record, now) => {
      const job = record.jobs.find((stored) => stored.id === id);
      if (!job && record.acked.includes(token)) return { result: true };
      if (job?.token === `${token} given back`) return { result: true };
      if (!job || !this.isCurrent(job, token, now)) return { result: false };
      const next = change(job, now);
      const rest = record.jobs.filter((stored) => stored.id !== id);
      if (!next) {
        return { put: { ...record, jobs: rest, acked: [...record.acked, token] }, result: true };
      }
      if (next.token !== token && next.attempts >= this.terms.maxAttempts) {
        return { put: { ...record, jobs: rest, dead: [...record.dead, next] }, result: true };
      }
      const jobs = record.jobs.map((stored) => (stored.id === id ? next : stored));
      return { put: { ...record, jobs }, result: true };
    });
    if (!done) throw new KvError('LEASE_LOST', 'the lease is over');
  }
}

/** Each with one bug; the suite has to find all of them. */
export const brokenQueues: Readonly<Record<string, typeof SimpleQueue>> = {
  'takes jobs out before they are leased': class extends SimpleQueue {
    override async reserveMany(most: number): Promise<JobUnderTest[]> {
      const jobs = await super.reserveMany(most);
      await Promise.all(jobs.map((job) => job.ack()));
      return jobs.map((job) => ({ ...job, ack: async () => undefined }));
    }
  },
  'acknowledges with any token': class extends SimpleQueue {
    override isCurrent(job: StoredJob | undefined): boolean {
      return job !== undefined;
    }
  },
  'acknowledges for whoever had the job first': class extends SimpleQueue {
    override isCurrent(job: StoredJob | undefined, token: string): boolean {
      return job?.token === token || job?.attempts === 2;
    }
  },
  'uses a token twice': class extends SimpleQueue {
    override handle(job: StoredJob): JobUnderTest {
      return { ...super.handle(job), token: job.id };
    }
  },
  'does not count attempts that were lost': class extends SimpleQueue {
    override lease(job: StoredJob, token: string, now: number): StoredJob {
      const lost = job.token !== '' && !job.token.endsWith('given back');
      const leased = super.lease(job, token, now);
      return lost ? { ...leased, attempts: job.attempts } : leased;
    }
  },
  'does not end after the last attempt': class extends SimpleQueue {
    override giveBack(job: StoredJob, at: number): StoredJob {
      return { ...super.giveBack(job, at), attempts: 1 };
    }
  },
  'puts the newest job first': class extends SimpleQueue {
    override add(jobs: readonly StoredJob[], job: StoredJob): StoredJob[] {
      return [job, ...jobs];
    }
  },
  'forgets ids with their jobs': class extends SimpleQueue {
    override isKnown(record: QueueRecord, id: string): boolean {
      return record.jobs.some((job) => job.id === id);
    }
  },
  'reads an error as an empty queue': class extends SimpleQueue {
    override async reserveMany(most: number): Promise<JobUnderTest[]> {
      return super.reserveMany(most).catch(() => []);
    }
  },
  'does not say that an acknowledgement failed': class extends SimpleQueue {
    override async settle(...args: Parameters<SimpleQueue['settle']>): Promise<void> {
      await super.settle(...args).catch(() => undefined);
    }
  },
  'delivers delayed jobs at once': class extends SimpleQueue {
    override enqueue(payload: number, options: Options = {}) {
      return super.enqueue(payload, { ...options, delayMs: 0 });
    }
  },
  'knows no priorities': class extends SimpleQueue {
    override enqueue(payload: number, options: Options = {}) {
      return super.enqueue(payload, { ...options, priority: 0 });
    }
  },
  'delivers again what is done': class extends SimpleQueue {
    override async settle(
      job: StoredJob,
      change: (job: StoredJob, now: number) => StoredJob | undefined,
    ): Promise<void> {
      await super.settle(job, (stored, now) => change(stored, now) ?? stored);
    }
  },
  'counts the dead letters that it has read, whoever purges them': class extends SimpleQueue {
    constructor(...args: ConstructorParameters<typeof SimpleQueue>) {
      super(...args);
      const { list, purge } = this.dead;
      this.dead.purge = async () => {
        const { length } = await list();
        await purge();
        return length;
      };
    }
  },
};
