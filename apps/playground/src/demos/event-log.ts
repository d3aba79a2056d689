/** Something that happened, in words. */
export interface LoggedEvent {
  readonly id: number;
  readonly at: number;
  readonly text: string;
}

const SHOWN = 8;

/** The latest events, newest first. */
export class EventLog {
  #count = 0;
  #events: LoggedEvent[] = [];

  get latest(): readonly LoggedEvent[] {
    return this.#events;
  }

  add(text: string): void {
    this.#count += 1;
    const event = { id: this.#count, at: Date.now(), text };
    this.#events = [event, ...this.#events].slice(0, SHOWN);
  }
}
