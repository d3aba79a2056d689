import { type Codec, KvError } from '@grovekv/kv-core';

/**
 * A codec for the small records beside the segments: `q`, a letter, the version of the format, and JSON.
 * `check` says whether what was read can be one.
 */
export function recordCodec<T>(letter: string, check: (value: T) => boolean): Codec<T> {
  const head = `q${letter}1`;
  return {
    name: `queue record ${letter}`,
    encode: (value) => new TextEncoder().encode(head + JSON.stringify(value)),
    decode(bytes) {
      const text = new TextDecoder().decode(bytes);
      try {
        const value = text.startsWith(head)
          ? (JSON.parse(text.slice(head.length)) as T)
          : undefined;
        if (value !== undefined && value !== null && check(value)) return value;
      } catch {
        // Said below.
      }
      throw new KvError('CORRUPT_VALUE', 'the stored bytes are not a record of a queue');
    },
  };
}

/** Whether a value read is a list of whole numbers, none negative. */
export function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}
