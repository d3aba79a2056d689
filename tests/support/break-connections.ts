import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultProxy } from '../../scripts/services/fault-proxy.js';
import type { Book } from './load.js';
import { until } from './probe.js';

/** A load through a proxy, and how it is disturbed: after every `each` additions that were acknowledged. */
interface Disturbance {
  readonly proxy: FaultProxy;
  readonly book: Book;
  readonly rounds: number;
  readonly each: number;
}

/** Replies get lost. In even rounds the connection breaks at once, in odd ones the calls run out of time. */
export async function loseReplies(
  { proxy, book, rounds, each }: Disturbance,
  timeoutMs: number,
): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    await more(book, each);
    proxy.swallowReplies(true);
    await sleep(round % 2 === 0 ? 50 : timeoutMs + 100);
    proxy.swallowReplies(false);
  }
  await more(book, each);
}

/** By turns connections are reset, come to an orderly end, and requests get lost. */
export async function breakConnections({ proxy, book, rounds, each }: Disturbance): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    await more(book, each);
    if (round % 3 === 0) proxy.dropAll();
    else if (round % 3 === 1) proxy.endAll();
    else {
      proxy.swallowRequests(true);
      await sleep(20);
      proxy.swallowRequests(false);
    }
  }
  await more(book, each);
}

/** Resolves when so many additions more were acknowledged. */
function more(book: Book, count: number): Promise<void> {
  const { acked } = book;
  return until(() => book.acked > acked + count);
}
