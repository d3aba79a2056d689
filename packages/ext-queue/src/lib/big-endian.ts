import type { Uid } from './uid.js';

export function putShort(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

export function putWord(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

export function putSpan(bytes: Uint8Array, at: number, value: number): void {
  putShort(bytes, at, value / 2 ** 32);
  putWord(bytes, at + 2, value);
}

export function putUid(bytes: Uint8Array, at: number, { process, serial }: Uid): void {
  putWord(bytes, at, process);
  putWord(bytes, at + 4, serial);
}

export function short(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

export function word(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
  );
}

export function spanAt(bytes: Uint8Array, at: number): number {
  return short(bytes, at) * 2 ** 32 + word(bytes, at + 2);
}

export function uidAt(bytes: Uint8Array, at: number): Uid {
  return { process: word(bytes, at), serial: word(bytes, at + 4) };
}
