import type { Dispatcher } from '../dispatch/dispatcher.js';
import type { Transform } from '../dispatch/task.js';
import type { MaybePromise } from '../driver/driver.js';
import { KvError } from '../errors/kv-error.js';
import type { Command, Hook, Next, ResultOf, ValueFace } from '../hooks/hook.js';
import { keyLayer } from './key-layer.js';

/** The hooks of a store, ready to run. */
export interface Pipeline {
  /** Runs a command through all layers. */
  readonly run: Next;
  /** All value faces as one; `undefined` if there are none. */
  readonly transform: Transform | undefined;
  /** Whether no layer stands between the store and the dispatcher. */
  readonly direct: boolean;
}

/** Stacks the hooks, the first outermost, on the dispatcher. */
export function createPipeline(hooks: readonly Hook[], dispatcher: Dispatcher): Pipeline {
  checkOrder(hooks);
  const transform = composeValues(hooks.flatMap(({ value }) => value ?? []));
  let run: Next = (command) => dispatcher.run(command, transform);
  let direct = true;
  for (const { key, around } of [...hooks].reverse()) {
    const next = run;
    if (around) {
      const inner = next;
      run = <C extends Command>(command: C): Promise<ResultOf<C>> => around(command, inner);
      direct = false;
    }
    if (key) {
      run = keyLayer(key, run);
      direct = false;
    }
  }
  return { run, transform, direct };
}

/** Refuses what can only be a mistake: ciphertext does not compress. */
function checkOrder(hooks: readonly Hook[]): void {
  let encrypts: Hook | undefined;
  for (const hook of hooks) {
    if (hook.value?.compresses && encrypts) {
      const text = `${hook.name} stands after ${encrypts.name}: compress first, then encrypt`;
      throw new KvError('INVALID_ARGUMENT', text);
    }
    if (hook.value?.confidential) encrypts = hook;
  }
}

/** Value faces as one: encoding in the order of the list, decoding in reverse. */
function composeValues(faces: readonly ValueFace[]): Transform | undefined {
  if (faces.length === 0) return undefined;
  const reversed = [...faces].reverse();
  return {
    encode: (value, key) => chain(value, faces, (face, bytes) => face.encode(bytes, key)),
    decode: (value, key) => chain(value, reversed, (face, bytes) => face.decode(bytes, key)),
  };
}

async function chain(
  value: Uint8Array,
  faces: readonly ValueFace[],
  step: (face: ValueFace, bytes: Uint8Array) => MaybePromise<Uint8Array>,
): Promise<Uint8Array> {
  let bytes = value;
  for (const face of faces) bytes = await step(face, bytes);
  return bytes;
}
