import { isKvError } from '@grovekv/kv-core';
import { equal, ok, show } from '../assert/assert.js';
import type { JobUnderTest, QueueUnderTest } from './queue-conformance.js';

interface Enqueue {
  readonly payload: number;
  readonly call: number;
  /** `undefined`: in doubt. */
  readonly end: number | undefined;
}

interface Delivery {
  readonly payload: number;
  readonly attempt: number;
  readonly token: string;
  readonly call: number;
  readonly end: number;
}

interface Ack {
  readonly payload: number;
  readonly token: string;
  readonly end: number;
}

const BEFORE_TICK = 0.5;

/** Records what is done to a queue, and checks it against what queues promise. */
export class QueueHistory {
  readonly enqueues: Enqueue[] = [];
  readonly deliveries: Delivery[] = [];
  readonly acks: Ack[] = [];
  /** Acknowledgements that may have happened, by payload. */
  readonly acksInDoubt = new Set<number>();

  /** Enqueues, again and again with an id until it is acknowledged. */
  async enqueue(queue: QueueUnderTest, payload: number, id?: string): Promise<void> {
    const call = performance.now();
    for (;;) {
      ok(performance.now() - call < 25_000, `job ${payload} could not be enqueued`);
      try {
        await queue.enqueue(payload, id === undefined ? {} : { id });
        this.enqueues.push({ payload, call, end: performance.now() });
        return;
      } catch (error) {
        if (!isKvError(error)) throw error;
        if (id !== undefined) continue;
        if (error.outcome === 'unknown') this.enqueues.push({ payload, call, end: undefined });
        return;
      }
    }
  }

  /** Reserves; nothing if the store fails. */
  async reserve(queue: QueueUnderTest, most: number): Promise<JobUnderTest[] | undefined> {
    const call = performance.now();
    try {
      const jobs = await queue.reserveMany(most);
      const end = performance.now();
      for (const { payload, attempt, token } of jobs) {
        this.deliveries.push({ payload: payload as number, attempt, token, call, end });
      }
      return jobs;
    } catch (error) {
      if (!isKvError(error)) throw error;
      return undefined;
    }
  }

  /** Acknowledges; answers whether it was acknowledged. */
  async ack(job: JobUnderTest): Promise<boolean> {
    const payload = job.payload as number;
    try {
      await job.ack();
      this.acks.push({ payload, token: job.token, end: performance.now() });
      return true;
    } catch (error) {
      if (!isKvError(error)) throw error;
      if (error.outcome === 'unknown') this.acksInDoubt.add(payload);
      return false;
    }
  }

  /** Payloads that were acknowledged. */
  get acknowledged(): Set<number> {
    return new Set(this.acks.map(({ payload }) => payload));
  }

  /** Everything that holds at any time. */
  check(maxAttempts: number): void {
    const tokens = this.deliveries.map(({ token }) => token);
    equal(new Set(tokens).size, tokens.length, 'every delivery has a token of its own');

    const byPayload = new Map<number, Delivery[]>();
    for (const delivery of this.deliveries) {
      const list = byPayload.get(delivery.payload) ?? [];
      list.push(delivery);
      byPayload.set(delivery.payload, list);
    }
    for (const [payload, list] of byPayload) {
      ok(list.length <= maxAttempts, `job ${payload} was delivered ${list.length} times`);
      const attempts = list.map(({ attempt }) => attempt);
      ok(
        new Set(attempts).size === attempts.length && Math.max(...attempts) <= maxAttempts,
        `job ${payload} was delivered as attempts ${show(attempts)}`,
      );
    }
    equal(this.acknowledged.size, this.acks.length, 'a job is acknowledged once at most');
    for (const { payload, end } of this.acks) {
      const again = byPayload.get(payload)?.find(({ call }) => call > end);
      ok(!again, `job ${payload} was delivered after it had been acknowledged`);
    }
    const known = new Set(this.enqueues.map(({ payload }) => payload));
    for (const payload of byPayload.keys()) ok(known.has(payload), `nobody enqueued ${payload}`);
  }

  /** First deliveries follow the enqueues in real time: what was in before another came goes out first. */
  checkOrder(): void {
    const firsts = new Map<number, Delivery>();
    for (const delivery of this.deliveries) {
      if (delivery.attempt === 1) firsts.set(delivery.payload, delivery);
    }
    const jobs = this.enqueues.flatMap(({ payload, call, end }) => {
      const first = firsts.get(payload);
      return end !== undefined && first ? [{ payload, call, end, first }] : [];
    });
    for (const one of jobs) {
      for (const other of jobs) {
        const before = one.end + BEFORE_TICK < other.call;
        const overtaken = other.first.end + BEFORE_TICK < one.first.call;
        ok(!before || !overtaken, `job ${other.payload} overtook job ${one.payload}`);
      }
    }
  }

  /** In the end: each acknowledged enqueue was acknowledged as done, or may have been, or is dead. */
  checkEnd(dead: ReadonlySet<number>): void {
    const done = this.acknowledged;
    for (const { payload, end } of this.enqueues) {
      if (end === undefined) continue;
      const over = done.has(payload) || dead.has(payload) || this.acksInDoubt.has(payload);
      ok(over, `job ${payload} was lost`);
    }
    for (const payload of dead) ok(!done.has(payload), `job ${payload} is done and dead`);
  }
}
