/** Holds callers until it is opened. */
export interface Gate {
  /** How many wait. */
  readonly waiting: number;
  pass(): Promise<void>;
  /** Lets all that wait, and all that come, pass. */
  open(): void;
  /** Lets those that wait now pass. */
  release(): void;
}

export function createGate(): Gate {
  let held: (() => void)[] = [];
  let opened = false;
  const release = (): void => {
    const now = held;
    held = [];
    for (const resolve of now) resolve();
  };
  return {
    get waiting() {
      return held.length;
    },
    pass: () => (opened ? Promise.resolve() : new Promise((resolve) => held.push(resolve))),
    open() {
      opened = true;
      release();
    },
    release,
  };
}
