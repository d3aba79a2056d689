const aborted = Object.getOwnPropertyDescriptor(AbortSignal.prototype, 'aborted')!.get!;

/**
 * The controller's signal, which looks at the clock before it says whether it has fired: after the event
 * loop was blocked, code may run before the timer that fires it.
 */
export function watchfulSignal(controller: AbortController, look: () => void): AbortSignal {
  const { signal } = controller;
  Object.defineProperties(signal, {
    aborted: {
      get() {
        look();
        return aborted.call(signal);
      },
    },
    throwIfAborted: {
      value() {
        look();
        AbortSignal.prototype.throwIfAborted.call(signal);
      },
    },
  });
  return signal;
}
