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
  /**
   * Where a key is at the driver, if layers do nothing but rewrite keys: then a call of one key can go
   * straight to the dispatcher.
   */
  readonly place: ((key: string) => string) | undefined;
}

/** Stacks the hooks, the first outermost, on the dispatcher. */
export function createPipeline(hooks: readonly Hook[], dispatcher: Dispatcher): Pipeline {
  checkOrder(hooks);
  const transform = composeValues(hooks.flatMap(({ value }) => value ?? []));
  let run: Next = (command) => dispatcher.run(command, transform);
  for (const { key, around } of [...hooks].reverse()) {
    const next = run;
    if (around) {
      run = <C extends Command>(command: C): Promise<ResultOf<C>> => around(command, next);
    }
    if (key) run = keyLayer(key, run);
  }
  return { run, transform, place: composePlace(hooks) };
}

function composePlace(hooks: readonly Hook[]): Pipeline['place'] {
  if (hooks.some(({ around }) => around)) return undefined;
  const faces = hooks.flatMap(({ key }) => key ?? []);
  const [only] = faces;
  if (!only) return (key) => key;
  if (faces.length === 1) return (key) => only.to(key);
  return (key) => faces.reduce((inner, face) => face.to(inner), key);
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
