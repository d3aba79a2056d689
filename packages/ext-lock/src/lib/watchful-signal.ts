const WATCHED = new WeakSet<AbortSignal>();
const aborted = Object.getOwnPropertyDescriptor(AbortSignal.prototype, 'aborted')!.get!;

/**
 * The controller's signal, which looks at the clock before it says whether it has fired: after the
 * process was stopped, code may run before the timer that fires it.
 */
export function watchfulSignal(controller: AbortController, look: () => unknown): AbortSignal {
  const { signal } = controller;
  if (WATCHED.has(signal)) return signal;
  WATCHED.add(signal);
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
