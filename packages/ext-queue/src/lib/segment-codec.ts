import { type Codec, KvError } from '@grovekv/kv-core';
import { putShort, putSpan, putUid, putWord, short, spanAt, uidAt, word } from './big-endian.js';
import type { Entry, EntryState, Target } from './entry.js';
import type { Segment } from './segment.js';
import { NO_UID, sameUid } from './uid.js';

// All numbers big-endian. A span or a moment takes six bytes.
//
// "Q", 1 | u8 sealed | u8 entries | stamp | u48 base
const HEADER = 18;
// u16 flags | uid | u16 attempts, u16 most attempts | u8 level | u48 enqueued at | u32 bytes of payload
const ENTRY = 25;
// u8 doubling | u32 delay | u32 longest delay
const BACKOFF = 9;
const LETTER = 0x51;
const FORMAT = 1;

const HAS_TOKEN = 4;
const HAS_LEFT = 8;
const HAS_DUE = 16;
const HAS_ID = 32;
const HAS_DEDUPE = 64;
const HAS_REASON = 128;
const HAS_TARGET = 256;
const HAS_BACKOFF = 512;
const HAS_ORIGIN = 1_024;
const ALL_FLAGS = 2_047;
const STATES: readonly EntryState[] = ['waiting', 'leased', 'leaving', 'done'];
const NO_BACKOFF = { doubling: false, delayMs: 0, maxDelayMs: 0 };

const utf8 = new TextEncoder();
const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** What entries grow by, at most, from their first state on: token, span, moment, target, and a reason of
 * 200 units in UTF-8. */
export const GROWTH_BYTES = 704;

/** Bytes of an entry whose texts are in ASCII; the texts of others are counted by three bytes a unit. */
export function entryBytes({ id, dedupe, payload }: Entry): number {
  return ENTRY + BACKOFF + 20 + payload.byteLength + 3 * (id.length + dedupe.length) + 4;
}

/** Recently seen states by their very bytes: what is folded or hinted is not decoded again. */
const known = new WeakMap<Uint8Array, Segment>();

/** Turns segments into bytes and back. */
export const segmentCodec: Codec<Segment> = {
  name: 'queue segment',
  encode(segment) {
    const bytes = encodeSegment(segment);
    known.set(bytes, segment);
    return bytes;
  },
  decode(bytes) {
    let segment = known.get(bytes);
    if (!segment) {
      segment = decodeSegment(bytes);
      known.set(bytes, segment);
    }
    return segment;
  },
};

function encodeSegment({ stamp, base, sealed, entries }: Segment): Uint8Array {
  const texts = entries.map(textsOf);
  let size = HEADER;
  for (let at = 0; at < entries.length; at += 1) {
    const entry = entries[at]!;
    size += ENTRY + entry.payload.byteLength + extraBytes(entry, texts[at]!);
  }
  const bytes = new Uint8Array(size);
  bytes[0] = LETTER;
  bytes[1] = FORMAT;
  bytes[2] = sealed ? 1 : 0;
  bytes[3] = entries.length;
  putUid(bytes, 4, stamp);
  putSpan(bytes, 12, base);
  let at = HEADER;
  for (let index = 0; index < entries.length; index += 1) {
    at = putEntry(bytes, at, entries[index]!, texts[index]!);
  }
  return bytes;
}

type Texts = readonly (Uint8Array | undefined)[];

const NO_TEXTS: Texts = [];

function textsOf({ id, dedupe, reason, target }: Entry): Texts {
  if (!id && !dedupe && !reason && !target) return NO_TEXTS;
  return [id, dedupe, reason, target?.lane].map((part) => (part ? utf8.encode(part) : undefined));
}

function flagsOf(entry: Entry): number {
  const { token, leftMs, dueAt, id, dedupe, reason, target, backoff } = entry;
  return (
    STATES.indexOf(entry.state) |
    (token.serial !== 0 || token.process !== 0 ? HAS_TOKEN : 0) |
    (leftMs > 0 ? HAS_LEFT : 0) |
    (dueAt > 0 ? HAS_DUE : 0) |
    (id ? HAS_ID : 0) |
    (dedupe ? HAS_DEDUPE : 0) |
    (reason ? HAS_REASON : 0) |
    (target ? HAS_TARGET : 0) |
    (backoff.delayMs > 0 ? HAS_BACKOFF : 0) |
    (sameUid(entry.origin, entry.uid) ? 0 : HAS_ORIGIN)
  );
}

function extraBytes(entry: Entry, texts: Texts): number {
  const flags = flagsOf(entry);
  let size = 0;
  if (flags & HAS_ORIGIN) size += 8;
  if (flags & HAS_TOKEN) size += 8;
  if (flags & HAS_LEFT) size += 6;
  if (flags & HAS_DUE) size += 6;
  if (flags & HAS_BACKOFF) size += BACKOFF;
  for (const part of texts) if (part) size += 2 + part.byteLength;
  if (flags & HAS_TARGET) size += 14;
  return size;
}

function putEntry(bytes: Uint8Array, from: number, entry: Entry, texts: Texts): number {
  const { payload, backoff } = entry;
  const flags = flagsOf(entry);
  let at = from;
  putShort(bytes, at, flags);
  putUid(bytes, at + 2, entry.uid);
  putShort(bytes, at + 10, entry.attempts);
  putShort(bytes, at + 12, entry.maxAttempts);
  bytes[at + 14] = entry.level;
  putSpan(bytes, at + 15, entry.enqueuedAt);
  putWord(bytes, at + 21, payload.byteLength);
  at += ENTRY;
  if (flags & HAS_ORIGIN) {
    putUid(bytes, at, entry.origin);
    at += 8;
  }
  if (flags & HAS_TOKEN) {
    putUid(bytes, at, entry.token);
    at += 8;
  }
  if (flags & HAS_LEFT) {
    putSpan(bytes, at, Math.ceil(entry.leftMs));
    at += 6;
  }
  if (flags & HAS_DUE) {
    putSpan(bytes, at, Math.ceil(entry.dueAt));
    at += 6;
  }
  if (flags & HAS_BACKOFF) {
    bytes[at] = backoff.doubling ? 1 : 0;
    putWord(bytes, at + 1, backoff.delayMs);
    putWord(bytes, at + 5, backoff.maxDelayMs);
    at += BACKOFF;
  }
  for (const part of texts) {
    if (!part) continue;
    putShort(bytes, at, part.byteLength);
    bytes.set(part, at + 2);
    at += 2 + part.byteLength;
  }
  if (entry.target) {
    putSpan(bytes, at, entry.target.segment + 1);
    putUid(bytes, at + 6, entry.target.uid);
    at += 14;
  }
  if (payload.byteLength > 0) bytes.set(payload, at);
  return at + payload.byteLength;
}

/** Throws `CORRUPT_VALUE` for bytes that are not a segment. */
function decodeSegment(bytes: Uint8Array): Segment {
  if (bytes.length < HEADER || bytes[0] !== LETTER || bytes[1] !== FORMAT || bytes[2]! > 1) {
    throw corrupt();
  }
  const reader = new Reader(bytes, HEADER);
  const entries: Entry[] = [];
  for (let left = bytes[3]!; left > 0; left -= 1) entries.push(reader.entry());
  if (reader.at !== bytes.length) throw corrupt();
  return { stamp: uidAt(bytes, 4), base: spanAt(bytes, 12), sealed: bytes[2] === 1, entries };
}

class Reader {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  entry(): Entry {
    const bytes = this.#bytes;
    const from = this.#skip(ENTRY);
    const flags = short(bytes, from);
    if (flags > ALL_FLAGS) throw corrupt();
    const uid = uidAt(bytes, from + 2);
    const origin = flags & HAS_ORIGIN ? uidAt(bytes, this.#skip(8)) : uid;
    const token = flags & HAS_TOKEN ? uidAt(bytes, this.#skip(8)) : NO_UID;
    const leftMs = flags & HAS_LEFT ? spanAt(bytes, this.#skip(6)) : 0;
    const dueAt = flags & HAS_DUE ? spanAt(bytes, this.#skip(6)) : 0;
    const backoff = flags & HAS_BACKOFF ? this.#backoff() : NO_BACKOFF;
    const id = flags & HAS_ID ? this.#text() : '';
    const dedupe = flags & HAS_DEDUPE ? this.#text() : '';
    const reason = flags & HAS_REASON ? this.#text() : '';
    const target = flags & HAS_TARGET ? this.#target() : undefined;
    const size = word(bytes, from + 21);
    const payloadAt = this.#skip(size);
    return {
      state: STATES[flags & 3]!,
      uid,
      origin,
      token,
      level: bytes[from + 14]!,
      attempts: short(bytes, from + 10),
      maxAttempts: short(bytes, from + 12),
      backoff,
      leftMs,
      dueAt,
      enqueuedAt: spanAt(bytes, from + 15),
      id,
      dedupe,
      reason,
      target,
      payload: bytes.subarray(payloadAt, payloadAt + size),
    };
  }

  #skip(size: number): number {
    const { at } = this;
    this.at += size;
    if (this.at > this.#bytes.length) throw corrupt();
    return at;
  }

  #backoff(): Entry['backoff'] {
    const at = this.#skip(BACKOFF);
    const bytes = this.#bytes;
    return {
      doubling: bytes[at] === 1,
      delayMs: word(bytes, at + 1),
      maxDelayMs: word(bytes, at + 5),
    };
  }

  #text(): string {
    const size = short(this.#bytes, this.#skip(2));
    const at = this.#skip(size);
    try {
      return text.decode(this.#bytes.subarray(at, at + size));
    } catch {
      throw corrupt();
    }
  }

  #target(): Target {
    const lane = this.#text();
    const at = this.#skip(14);
    return { lane, segment: spanAt(this.#bytes, at) - 1, uid: uidAt(this.#bytes, at + 6) };
  }
}

function corrupt(): KvError {
  return new KvError('CORRUPT_VALUE', 'the stored bytes are not a queue segment');
}
