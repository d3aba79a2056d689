import { KvError } from '@grovekv/kv-core';
import { json } from '@grovekv/kv-core/codecs';

const MOST_BYTES = 4_096;
const codec = json();
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Data of a member as text; `INVALID_VALUE` or `VALUE_TOO_LARGE` if it cannot be kept. */
export function encodeData(data: unknown): string | null | undefined {
  if (data === undefined || data === null) return data;
  const bytes = codec.encode(data);
  if (bytes.length > MOST_BYTES) {
    throw new KvError('VALUE_TOO_LARGE', `data of a member has up to ${MOST_BYTES} bytes as JSON`);
  }
  return decoder.decode(bytes);
}

/** Data of a member from text. */
export function decodeData<D>(text: string | undefined): D | undefined {
  return text === undefined ? undefined : (codec.decode(encoder.encode(text)) as D);
}
