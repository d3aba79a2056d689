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

  it('are few enough to be cheap', () => {
    const [holder] = record.holders;
    const usual = { ...record, holders: [{ ...holder!, owner: new Uint8Array(8) }], waiters: [] };
    expect(encodeRecord(usual).byteLength).toBeLessThanOrEqual(64);
  });

  it('are refused when cut, longer, or changed', () => {
    const bytes = encodeRecord(record);
    const bad = [
      new Uint8Array(),
      ...Array.from(bytes.keys(), (end) => bytes.subarray(0, end)),
      new Uint8Array([...bytes, 0]),
      bytes.with(0, 0),
      bytes.with(1, 2),
      bytes.with(3, 1),
      bytes.with(3, 3),
      bytes.with(5, 0),
      bytes.with(4, 9),
      bytes.with(10, 0x7f),
      bytes.with(46, 0xff),
      new TextEncoder().encode('x'.repeat(200)),
    ];
    for (const wrong of bad) {
      expect(() => decodeRecord(wrong)).toThrowError(
        expect.objectContaining({ code: 'CORRUPT_VALUE' }),
      );
    }
  });
});
