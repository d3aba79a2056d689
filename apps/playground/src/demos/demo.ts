/** What a page shows and does. */
export interface Demo {
  /** Everything that the page shows, as plain data. */
  snapshot(): object;
  /** Does what a button asks; rejects with {@link UnknownAction} or a `CrewError`. */
  act(action: string, worker: number | undefined): Promise<void>;
  /** Calls back after changes, until the returned function is called. The first one starts the demo. */
  watch(listener: () => void): () => void;
  close(): Promise<void>;
}

/** There is no such button. */
export class UnknownAction extends Error {
  override readonly name = 'UnknownAction';
}
