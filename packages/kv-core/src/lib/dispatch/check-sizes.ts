import type { DriverTraits, Write } from '../driver/driver.js';
import { KvError } from '../errors/kv-error.js';
import type { Transform } from './task.js';

const encoder = new TextEncoder();

/** Refuses a key that is over `maxBytes` in UTF-8. */
export function checkKeySize(key: string, maxBytes: number): void {
  // A UTF-16 unit takes from one to three bytes: most keys need no counting.
  if (key.length * 3 <= maxBytes) return;
  if (key.length > maxBytes || encoder.encode(key).byteLength > maxBytes) {
    const text = `the key is over ${maxBytes} bytes, namespace and prefix included`;
    throw new KvError('KEY_TOO_LARGE', text, { key });
  }
}

/** Refuses a put of more than `maxBytes`. */
export function checkValueSize(write: Write, maxBytes: number): void {
  if (write.type === 'put') checkByteLength(write.value, maxBytes, write.key);
}

/** Refuses a value of more than `maxBytes`. */
export function checkByteLength(value: Uint8Array, maxBytes: number, key?: string): void {
  if (value.byteLength > maxBytes) {
    const text = `${value.byteLength} bytes are over the driver's limit of ${maxBytes}`;
    throw new KvError('VALUE_TOO_LARGE', text, { key });
  }
}

/** Refuses what the driver cannot hold. What hooks make of a value is measured when they have. */
export function checkWriteSizes(
  write: Write,
  transform: Transform | undefined,
  { maxKeyBytes, maxValueBytes }: DriverTraits,
): void {
  checkKeySize(write.key, maxKeyBytes);
  if (!transform) checkValueSize(write, maxValueBytes);
}
