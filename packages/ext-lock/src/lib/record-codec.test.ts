import { describe, expect, it } from 'vitest';
import { decodeRecord, encodeRecord } from './record-codec.js';

const record = {
  fence: 1_790_000_000_000_000,
  serial: 7,
  ttlMs: 610_012,
  released: { process: 2 ** 32 - 1, serial: 3 },
  holders: [
    {
      id: { process: 5, serial: 6 },
      leftMs: 2 ** 45 + 7,
      fence: 9,
      owner: new Uint8Array([1, 2, 3]),
    },
    { id: { process: 5, serial: 7 }, leftMs: 1, fence: 10, owner: new Uint8Array() },
  ],
  waiters: [{ id: { process: 8, serial: 9 }, leftMs: 100 }],
};

describe('the bytes of a record', () => {
  it('come back as they were', () => {
    expect(decodeRecord(encodeRecord(record))).toEqual(record);
    const empty = { ...record, holders: [], waiters: [] };
    expect(decodeRecord(encodeRecord(empty))).toEqual(empty);
  });

  it('are ASCII, but for the label', () => {
    const plain = { ...record, holders: record.holders.slice(1) };
    for (const byte of encodeRecord(plain)) expect(byte).toBeLessThan(0x80);
  });

  it('take the largest numbers that there are', () => {
    const id = { process: 2 ** 32 - 1, serial: 2 ** 32 - 1 };
    const leftMs = 2 ** 46;
    const fence = Number.MAX_SAFE_INTEGER;
    const owner = new Uint8Array(255).fill(0xff);
    const large = { fence, serial: 2 ** 32 - 1, ttlMs: 2 ** 46 + 2 ** 45, released: id };
    const full = {
      ...large,
      holders: [{ id, leftMs, fence, owner }],
      waiters: [{ id, leftMs }],
    };
    expect(decodeRecord(encodeRecord(full))).toEqual(full);
  });

  it('are few enough to be cheap', () => {
    const [holder] = record.holders;
    const usual = { ...record, holders: [{ ...holder!, owner: new Uint8Array() }], waiters: [] };
    expect(encodeRecord(usual).byteLength).toBeLessThanOrEqual(64);
  });

  it('are refused when cut, longer, or changed', () => {
    const bytes = encodeRecord(record);
    const bad = [
      new Uint8Array(),
      ...Array.from(bytes.keys(), (end) => bytes.subarray(0, end)),
      new Uint8Array([...bytes, 0]),
      bytes.with(0, 0),
      bytes.with(1, 1),
      bytes.with(3, 1),
      bytes.with(3, 3),
      bytes.with(5, 0),
      bytes.with(4, 9),
      bytes.with(6, 0x10), // a serial of over 32 bits
      bytes.with(11, 0x7f), // a fence past the safe integers
      bytes.with(20, 0xff), // a byte that is no digit
      bytes.with(50, 0xff), // the same in a holder
      bytes.with(bytes.length - 1, 0xff), // and in a waiter
      new TextEncoder().encode('x'.repeat(200)),
    ];
    for (const wrong of bad) {
      expect(() => decodeRecord(wrong)).toThrowError(
        expect.objectContaining({ code: 'CORRUPT_VALUE' }),
      );
    }
  });
});
