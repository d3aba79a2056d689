import { Reply } from './protocol.js';

/** Cuts what arrives into replies. */
export class ReplyReader {
  #parts: Buffer[] = [];
  #held = 0;
  #wanted = 0;

  /** Hands on each reply that is complete. Returns `false` if the bytes are no replies. */
  push(chunk: Buffer, take: (reply: Reply) => void): boolean {
    this.#parts.push(chunk);
    this.#held += chunk.length;
    // A large value comes in many chunks: they are joined once.
    if (this.#held < this.#wanted) return true;
    const bytes = this.#parts.length === 1 ? chunk : Buffer.concat(this.#parts, this.#held);
    let at = 0;
    for (;;) {
      if (!Reply.isAt(bytes, at)) return false;
      const length = Reply.lengthAt(bytes, at);
      if (bytes.length - at < length) {
        this.#keep(bytes, at, length);
        return true;
      }
      take(new Reply(bytes, at));
      // Whoever took it has given up the connection: the rest is nobody's, the next bytes are another's.
      if (this.#parts.length === 0) return true;
      at += length;
    }
  }

  reset(): void {
    this.#parts = [];
    this.#held = 0;
    this.#wanted = 0;
  }

  #keep(bytes: Buffer, at: number, wanted: number): void {
    this.#parts = at < bytes.length ? [bytes.subarray(at)] : [];
    this.#held = bytes.length - at;
    this.#wanted = wanted;
  }
}
