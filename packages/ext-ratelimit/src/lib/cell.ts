import type { Ask } from './ask.js';
import type { Denial } from './deny-cache.js';

/** What a process remembers of a key. To forget it costs a question to the store. */
export class Cell {
  /** Requests whose update has not begun to decide. */
  open: Ask | undefined = undefined;
  denial: Denial | undefined = undefined;
  /** What is added to the own time because the record tells another. */
  offsetMs = 0;
}
