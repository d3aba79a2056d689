/** Opcodes of the binary protocol. */
export const OP = {
  GET: 0x00,
  SET: 0x01,
  ADD: 0x02,
  REPLACE: 0x03,
  DELETE: 0x04,
  /** A GET that is answered only if it finds something. */
  QUIET_GET: 0x09,
  STAT: 0x10,
  /** A SET that is answered only if it fails. */
  QUIET_SET: 0x11,
} as const;

export const STATUS = {
  DONE: 0x00,
  MISSING: 0x01,
  EXISTS: 0x02,
  TOO_LARGE: 0x03,
  NOT_STORED: 0x05,
  OUT_OF_MEMORY: 0x82,
} as const;

/** A command for one key, or none. */
export interface Request {
  readonly op: number;
  readonly key: string;
  /** The item must still be this one; 0 for any. */
  readonly cas?: bigint | undefined;
  /** With the commands that store. */
  readonly item?: Item | undefined;
}

/** What is stored. */
export interface Item {
  readonly value: Uint8Array;
  /** When it expires by the clock of this process; `undefined` if never. */
  readonly expiresAt: number | undefined;
  /** The time to live as the server takes it. */
  readonly seconds: number;
}

/** The length of a header, in either direction. */
const HEADER = 24;

/** Flags of an item whose value is preceded by the time of its expiry. Other items have no flags. */
const WITH_EXPIRY = 0x47_4b_56_31;

const EXPIRY_BYTES = 8;

/** Flags and time to live, sent with what is stored. */
const EXTRAS = 8;

/** Larger pieces are not made, so that a big batch needs no buffer of its size. */
const PIECE_BYTES = 1024 * 1024;

/**
 * Requests as bytes, in a few pieces. Request `i` is marked with `base + i`, and the server repeats the
 * mark in its reply.
 */
export function encode(requests: readonly Request[], base: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let next = 0; next < requests.length; ) {
    const first = next;
    let size = 0;
    while (next < requests.length && (next === first || size < PIECE_BYTES)) {
      size += sizeOf(requests[next]!);
      next += 1;
    }
    const piece = Buffer.allocUnsafe(size);
    let at = 0;
    for (let index = first; index < next; index += 1) {
      at = write(piece, at, requests[index]!, base + index);
    }
    pieces.push(piece.subarray(0, at));
  }
  return pieces;
}

/** What it takes at most: a UTF-16 unit of the key from one to three bytes. */
function sizeOf({ key, item }: Request): number {
  return HEADER + key.length * 3 + (item ? EXTRAS + bodyOf(item) : 0);
}

function bodyOf({ value, expiresAt }: Item): number {
  return value.byteLength + (expiresAt === undefined ? 0 : EXPIRY_BYTES);
}

function write(to: Buffer, start: number, { op, key, cas, item }: Request, mark: number): number {
  const extras = item ? EXTRAS : 0;
  const keyBytes = writeKey(to, key, start + HEADER + extras);
  const value = item ? bodyOf(item) : 0;
  put32(to, start, 0x80_00_00_00 | (op << 16) | keyBytes);
  put32(to, start + 4, extras << 24);
  put32(to, start + 8, extras + keyBytes + value);
  put32(to, start + 12, mark);
  if (cas === undefined) {
    put32(to, start + 16, 0);
    put32(to, start + 20, 0);
  } else to.writeBigUInt64BE(cas, start + 16);
  let at = start + HEADER;
  if (!item) return at + keyBytes;
  put32(to, at, item.expiresAt === undefined ? 0 : WITH_EXPIRY);
  put32(to, at + 4, item.seconds);
  at += EXTRAS + keyBytes;
  if (item.expiresAt !== undefined) at = to.writeDoubleBE(item.expiresAt, at);
  to.set(item.value, at);
  return at + item.value.byteLength;
}

/** Returns how many bytes it took. A key is short: its characters cost less than the call of a native. */
function writeKey(to: Buffer, key: string, at: number): number {
  for (let index = 0; index < key.length; index += 1) {
    const unit = key.charCodeAt(index);
    if (unit > 0x7f) return to.write(key, at);
    to[at + index] = unit;
  }
  return key.length;
}

/** As `writeUInt32BE`, without its checks. */
function put32(to: Buffer, at: number, number: number): void {
  to[at] = number >>> 24;
  to[at + 1] = number >>> 16;
  to[at + 2] = number >>> 8;
  to[at + 3] = number;
}

/** Up to this size a receive buffer is kept whole by the values in it, as Node's own pool would be. */
const SMALL_CHUNK = 8 * 1024;

/** One reply, as it lies in the bytes received. */
export class Reply {
  readonly #bytes: Buffer;
  readonly #at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** The length of the reply that begins here, or that of a header if not even that is there. */
  static lengthAt(bytes: Buffer, at: number): number {
    return bytes.length - at < HEADER ? HEADER : HEADER + bytes.readUInt32BE(at + 8);
  }

  /** Whether a reply could begin here; if not, all that follows is lost. */
  static isAt(bytes: Buffer, at: number): boolean {
    return bytes.length - at < HEADER || bytes[at] === 0x81;
  }

  get status(): number {
    return this.#bytes.readUInt16BE(this.#at + 6);
  }

  get mark(): number {
    return this.#bytes.readUInt32BE(this.#at + 12);
  }

  get cas(): bigint {
    return this.#bytes.readBigUInt64BE(this.#at + 16);
  }

  /** The upper and the lower half of {@link cas}: most are never looked at, and a bigint is an allocation. */
  get casHigh(): number {
    return this.#bytes.readUInt32BE(this.#at + 16);
  }

  get casLow(): number {
    return this.#bytes.readUInt32BE(this.#at + 20);
  }

  get key(): string {
    const start = this.#at + HEADER + this.#extras;
    return this.#bytes.toString('latin1', start, start + this.#keyBytes);
  }

  get text(): string {
    return this.#bytes.toString('latin1', this.#valueAt, this.#end);
  }

  /** The value without what was put before it; `undefined` if it is not what it says. */
  content(): { value: Uint8Array; expiresAt: number | undefined } | undefined {
    const bytes = this.#bytes;
    const start = this.#valueAt;
    const flags = this.#extras === 4 ? bytes.readUInt32BE(this.#at + HEADER) : 0;
    if (flags !== WITH_EXPIRY) return { value: this.#copy(start), expiresAt: undefined };
    if (this.#end - start < EXPIRY_BYTES) return undefined;
    const expiresAt = bytes.readDoubleBE(start);
    if (!(expiresAt > 0)) return undefined;
    return { value: this.#copy(start + EXPIRY_BYTES), expiresAt };
  }

  #copy(start: number): Uint8Array {
    const slice = this.#bytes.subarray(start, this.#end);
    return this.#bytes.buffer.byteLength <= SMALL_CHUNK ? slice : Buffer.from(slice);
  }

  get #extras(): number {
    return this.#bytes[this.#at + 4]!;
  }

  get #keyBytes(): number {
    return this.#bytes.readUInt16BE(this.#at + 2);
  }

  get #valueAt(): number {
    return this.#at + HEADER + this.#extras + this.#keyBytes;
  }

  get #end(): number {
    return this.#at + Reply.lengthAt(this.#bytes, this.#at);
  }
}
