/** A way to make bytes shorter, and back. */
export interface Deflate {
  compress(bytes: Uint8Array): Promise<Uint8Array>;
  /** Rejects as soon as more than `most` bytes come out. */
  decompress(bytes: Uint8Array, most: number): Promise<Uint8Array>;
}

/** A format of the platform: of its `CompressionStream`, or, zstd only, of its `node:zlib`. */
export function deflateOf(format: string): Deflate | undefined {
  return ofStreams(format) ?? (format === 'zstd' ? ofNode() : undefined);
}

function ofStreams(name: string): Deflate | undefined {
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

type Done = (error: Error | null, result: Uint8Array) => void;

/** What of `node:zlib` is used: Node has it since 22.15, and so have those that follow it. */
interface NodeZlib {
  zstdCompress?(bytes: Uint8Array, done: Done): void;
  zstdDecompress?(
    bytes: Uint8Array,
    options: { readonly maxOutputLength: number },
    done: Done,
  ): void;
}

/** Asked for at run time: nothing is imported, so that this runs and bundles where there is no Node. */
function ofNode(): Deflate | undefined {
  const { process } = globalThis as {
    process?: { getBuiltinModule?(name: string): NodeZlib | undefined };
  };
  const { zstdCompress, zstdDecompress } = process?.getBuiltinModule?.('node:zlib') ?? {};
  if (!zstdCompress || !zstdDecompress) return undefined;
  return {
    compress: (bytes) => called((done) => zstdCompress(bytes, done)),
    decompress: (bytes, most) =>
      called((done) => zstdDecompress(bytes, { maxOutputLength: most }, done)),
  };
}

function called(run: (done: Done) => void): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    run((error, result) => {
      if (error) reject(error);
      else resolve(new Uint8Array(result.buffer, result.byteOffset, result.byteLength));
    });
  });
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
