import type { Model } from './history.js';

/** What one key understands. Values are unique decimal texts, so a version stands for a value. */
export type KeyInput =
  | { readonly type: 'get' }
  | { readonly type: 'set'; readonly value: string }
  | { readonly type: 'set if absent'; readonly value: string }
  | { readonly type: 'set if present'; readonly value: string }
  | { readonly type: 'swap'; readonly from: string; readonly value: string }
  | { readonly type: 'delete' }
  | { readonly type: 'delete if'; readonly from: string }
  | { readonly type: 'increment'; readonly by: number };

/** A value read, whether a write applied, or a counter's new value. */
export type KeyOutput = string | boolean | null;

/** A key of the driver contract: a register that is also a counter. */
export const keyModel: Model<string | null, KeyInput, KeyOutput> = {
  initial: () => null,
  step(state, input) {
    switch (input.type) {
      case 'get':
        return { state, output: state };
      case 'set':
        return { state: input.value, output: true };
      case 'set if absent':
        return state === null ? { state: input.value, output: true } : { state, output: false };
      case 'set if present':
        return state === null ? { state, output: false } : { state: input.value, output: true };
      case 'swap':
        return state === input.from
          ? { state: input.value, output: true }
          : { state, output: false };
      case 'delete':
        return { state: null, output: true };
      case 'delete if':
        return state === input.from ? { state: null, output: true } : { state, output: false };
      case 'increment': {
        const next = String(Number(state ?? 0) + input.by);
        return { state: next, output: next };
      }
    }
  },
  matches: (observed, expected) => observed === expected,
  key: (state) => state ?? '',
};
