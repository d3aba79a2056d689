import type { Write } from '../driver/driver.js';
import { checkValueSize } from './check-sizes.js';
import type { Transform } from './task.js';

/** The write as the driver gets it: its value transformed, and within the driver's limit. */
export async function seal(
  write: Write,
  transform: Transform | undefined,
  maxValueBytes: number,
): Promise<Write> {
  if (write.type !== 'put') return write;
  const sealed = transform
    ? { ...write, value: await transform.encode(write.value, write.key) }
    : write;
  checkValueSize(sealed, maxValueBytes);
  return sealed;
}
