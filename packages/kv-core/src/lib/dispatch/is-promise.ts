import type { MaybePromise } from '../driver/driver.js';

/** A promise of any realm or library; drivers wrap clients that bring their own. */
export function isPromise<T>(answer: MaybePromise<T>): answer is Promise<T> {
  return typeof (answer as { then?: unknown } | undefined)?.then === 'function';
}
