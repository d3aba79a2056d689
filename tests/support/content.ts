import { createHash } from 'node:crypto';

/** Bytes that follow from the name: a torn or mixed record cannot look like it. Some are over a page. */
export function contentOf(id: string, number: number): Uint8Array {
  const seed = createHash('sha256').update(`${id}:${number}`).digest();
  const length = number % 17 === 0 ? 20_000 : 50 + (number % 300);
  return Uint8Array.from({ length }, (_, index) => seed[index % 32]! ^ (index >> 5));
}
