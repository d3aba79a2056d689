import { KvError } from '@grovekv/kv-core';
import { type BoardState, type BoardStep, EMPTY_BOARD, SimpleBoard } from './simple-leaderboard.js';

type Request = Parameters<SimpleBoard['page']>[0];

/** A root that names the record of the state; the one before is deleted at once. */
class TwoRecordBoard extends SimpleBoard {
  #last: Promise<unknown> = Promise.resolve();

  override change<R>(step: (state: BoardState) => BoardStep<R>): Promise<R> {
    const turn = this.#last.catch(() => undefined).then(() => this.commit(step));
    this.#last = turn;
    return turn;
  }

  async commit<R>(step: (state: BoardState) => BoardStep<R>): Promise<R> {
    for (;;) {
      const old = await this.store.get<string>(this.key);
      const state = await this.load(old);
      if (!state) continue;
      const { put, result } = step(state);
      if (!put) return result;
      const next = crypto.randomUUID();
      await this.store.set(`${this.key}:${next}`, put);
      const swapped = await this.store.update<string, boolean>(
        this.key,
        (root) => {
          if (root === next) return { keep: true, result: true };
          return root === old ? { put: next, result: true } : { keep: true, result: false };
        },
        { idempotent: true },
      );
      await this.store.delete(`${this.key}:${swapped ? old : next}`);
      if (swapped) return result;
    }
  }

  override async state(): Promise<BoardState> {
    return (await this.load(await this.store.get<string>(this.key))) ?? this.gone();
  }

  async load(root: string | undefined): Promise<BoardState | undefined> {
    return root === undefined ? EMPTY_BOARD : this.store.get<BoardState>(`${this.key}:${root}`);
  }

  gone(): BoardState {
    throw new KvError('CORRUPT_VALUE', 'a record is gone', { key: this.key });
  }
}

/** Boards that are only wrong among several clients or when calls fail, each with one bug. */
export const tornLeaderboards: Readonly<Record<string, typeof SimpleBoard>> = {
  'is read, then written': class extends SimpleBoard {
    override async change<R>(step: (state: BoardState) => BoardStep<R>): Promise<R> {
      const { put, result } = step(await this.state());
      if (put) await this.store.set(this.key, put);
      return result;
    }
  },
  'reads the score, then adds to it': class extends SimpleBoard {
    override async increment(member: string, by = 1) {
      const before = (await this.score(member)) ?? 0;
      return this.set(member, this.sum(before, this.checkScore(by)));
    }
  },
  'reads the best, then writes a better one': class extends SimpleBoard {
    override async best(member: string, score: number, data?: unknown) {
      const before = await this.score(member);
      if (before !== undefined && !this.isBetter(this.checkScore(score), before))
        return { score: before };
      return this.set(member, score, data);
    }
  },
  'counts an increment in doubt twice': class extends SimpleBoard {
    override change<R>(step: (state: BoardState) => BoardStep<R>): Promise<R> {
      return this.store.update<BoardState, R>(
        this.key,
        (stored = EMPTY_BOARD) => {
          const { put, result } = step(stored);
          return put ? { put, result } : { keep: true, result };
        },
        { idempotent: true },
      );
    }
  },
  'does not say that a change failed': class extends SimpleBoard {
    override async change<R>(step: (state: BoardState) => BoardStep<R>): Promise<R> {
      return super.change(step).catch((error: KvError) => {
        if (error.code === 'OUT_OF_RANGE') throw error;
        return step(EMPTY_BOARD).result;
      });
    }
  },
  'takes a failed read for an empty board': class extends SimpleBoard {
    override state(): Promise<BoardState> {
      return super.state().catch(() => EMPTY_BOARD);
    }
  },
  'takes a page and its ranks from two states': class extends SimpleBoard {
    override async page(request: Request) {
      const { rows, total } = await super.page(request);
      const later = this.rows(await this.state());
      const ranks = new Map(later.map(({ member, rank }) => [member, rank]));
      return { rows: rows.map((row) => ({ ...row, rank: ranks.get(row.member) ?? 0 })), total };
    }
  },
  'takes a page and its total from two states': class extends SimpleBoard {
    override async page(request: Request) {
      return { ...(await super.page(request)), total: await this.count() };
    }
  },
  'reads the halves of a page from two states': class extends SimpleBoard {
    override async page({ page, size }: Request) {
      const { rows, total } = await super.page({ page, size });
      const half = Math.ceil(rows.length / 2);
      const start = (page - 1) * size;
      const rest = this.rows(await this.state()).slice(start + half, start + rows.length);
      return { rows: [...rows.slice(0, half), ...rest], total };
    }
  },
  'takes neighbours from another state than the rank': class extends SimpleBoard {
    override async around(member: string, each = 5) {
      const at = this.rows(await this.state()).findIndex((row) => row.member === member);
      if (at < 0) return [];
      return this.near(this.rows(await this.state()), at, each);
    }
  },
  'fails readers of a state that was replaced': TwoRecordBoard,
  'takes a state that was replaced for an empty board': class extends TwoRecordBoard {
    override gone(): BoardState {
      return EMPTY_BOARD;
    }
  },
};
