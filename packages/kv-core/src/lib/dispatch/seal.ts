import type { Write } from '../driver/driver.js';
import { checkByteLength } from './check-sizes.js';
import type { Transform } from './task.js';

/** The write as the driver gets it: its value transformed, and within the driver's limit. */
export async function seal(
  write: Write,
  transform: Transform | undefined,
  maxValueBytes: number,
): Promise<Write> {
  if (write.type !== 'put') return write;
  const value = transform ? await transform.encode(write.value, write.key) : write.value;
  checkByteLength(value, maxValueBytes, write.key);
  return { ...write, value };
}
