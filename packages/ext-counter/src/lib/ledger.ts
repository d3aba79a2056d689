import { type Codec, KvError } from '@grovekv/kv-core';
import { numbers } from './arithmetic.js';

/** A named addition that has been applied. */
export interface Operation {
  readonly id: string;
  readonly by: number;
  /** What the counter was right after it. */
  readonly value: number;
  /** When, by the clock of the process that applied it. */
  readonly at: number;
}

/** The record of a counter with exact retries: its value and the additions it remembers. */
export interface Ledger {
  readonly value: number;
  readonly operations: readonly Operation[];
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const BRACE = 0x7b;

/**
 * Plain decimal text while nothing is remembered, else JSON, which a plain counter refuses as
 * `NOT_AN_INTEGER` rather than adding to it.
 */
export const ledgerCodec: Codec<Ledger> = {
  name: 'counter ledger',
  encode({ value, operations }) {
    if (operations.length === 0) return numbers.codec.encode(value);
    const ops = operations.map((operation) => [
      operation.id,
      operation.by,
      operation.value,
      operation.at,
    ]);
    return encoder.encode(JSON.stringify({ value, ops }));
  },
  decode(bytes) {
    if (bytes[0] !== BRACE) return { value: numbers.codec.decode(bytes), operations: [] };
    const record = parse(bytes);
    if (!isRecord(record)) throw corrupt();
    const operations = record.ops.map(([id, by, value, at]) => ({ id, by, value, at }));
    return { value: record.value, operations };
  },
};

type Row = readonly [id: string, by: number, value: number, at: number];

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch (cause) {
    throw corrupt(cause);
  }
}

function isRecord(record: unknown): record is { value: number; ops: readonly Row[] } {
  if (typeof record !== 'object' || record === null) return false;
  const { value, ops } = record as { value?: unknown; ops?: unknown };
  return Number.isSafeInteger(value) && Array.isArray(ops) && ops.every(isRow);
}

function isRow(row: unknown): row is Row {
  return (
    Array.isArray(row) &&
    row.length === 4 &&
    typeof row[0] === 'string' &&
    Number.isSafeInteger(row[1]) &&
    Number.isSafeInteger(row[2]) &&
    Number.isFinite(row[3])
  );
}

function corrupt(cause?: unknown): KvError {
  const text = 'the stored value is neither a decimal integer nor the record of a counter';
  return new KvError('CORRUPT_VALUE', text, cause === undefined ? {} : { cause });
}
