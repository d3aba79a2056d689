/** A way to make bytes shorter, and back. */
export interface Deflate {
  compress(bytes: Uint8Array): Promise<Uint8Array>;
  /** Rejects as soon as more than `most` bytes come out. */
  decompress(bytes: Uint8Array, most: number): Promise<Uint8Array>;
}

/** A format of the platform's `CompressionStream`, if it has that one. */
export function platformDeflate(name: string): Deflate | undefined {
  // The types of the platform may not know zstd yet.
  const format = name as CompressionFormat;
  try {
    new CompressionStream(format);
    new DecompressionStream(format);
  } catch {
    return undefined;
  }
  return {
    compress: (bytes) => through(bytes, new CompressionStream(format), Number.POSITIVE_INFINITY),
    decompress: (bytes, most) => through(bytes, new DecompressionStream(format), most),
  };
}

/** Runs bytes through a stream; stops with an error when more than `most` bytes come out. */
async function through(
  bytes: Uint8Array,
  stream: CompressionStream | DecompressionStream,
  most: number,
): Promise<Uint8Array> {
  const writer = stream.writable.getWriter();
  const writing = writer.write(bytes as Uint8Array<ArrayBuffer>).then(() => writer.close());
  // A failure shows on the reading side; this one must not go unhandled.
  writing.catch(() => undefined);
  const reader = stream.readable.getReader();
  const parts: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    total += value.byteLength;
    if (total > most) {
      await reader.cancel();
      throw new Error(`more than ${most} bytes`);
    }
    parts.push(value);
  }
  const whole = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
