import { isKvError, KvError, type Outcome } from '@grovekv/kv-core/driver';

export const MDB_PANIC = -30795;

/** Failures before the meta page is written: the transaction cannot have happened. */
const DEFINITE = new Set<unknown>([
  -30792, // MDB_MAP_FULL
  -30788, // MDB_TXN_FULL
  -30782, // MDB_BAD_TXN: a write in the transaction failed
  -30790, // MDB_READERS_FULL
  MDB_PANIC, // refused at the start
  5, // EIO: a full disk cuts a page short; the meta page comes last, and LMDB puts the old one back
  12, // ENOMEM
  27, // EFBIG
  28, // ENOSPC
  122, // EDQUOT
]);

/** How long lmdb may take to tell why a commit failed. */
const REASON_MS = 100;

interface CommitFailure {
  readonly commitError?: Promise<never>;
}

/** The reason that lmdb reports apart from the failure; left alone it would be an unhandled rejection. */
async function reasonOf(failure: unknown): Promise<unknown> {
  const reason = (failure as CommitFailure | undefined)?.commitError;
  if (reason === undefined) return failure;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<unknown>((resolve) => {
    timer = setTimeout(resolve, REASON_MS, failure);
  });
  return await Promise.race([reason.catch((error: unknown) => error), late]).finally(() =>
    clearTimeout(timer),
  );
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message.trim() : String(error);
}

/** What a write that lmdb rejected comes to. `earlier` is what a put of the transaction threw, if one did. */
export async function writeError(failure: unknown, earlier: unknown): Promise<KvError> {
  if (isKvError(failure)) return failure;
  const reason = await reasonOf(failure);
  const cause = earlier ?? reason;
  const definite = DEFINITE.has((reason as { code?: unknown } | undefined)?.code);
  return unavailable(
    `lmdb could not write: ${textOf(cause)}`,
    definite ? 'none' : 'unknown',
    cause,
  );
}

export function unavailable(message: string, outcome: Outcome, cause?: unknown): KvError {
  return new KvError('UNAVAILABLE', message, { outcome, cause });
}

export function readError(error: unknown): KvError {
  return unavailable(`lmdb could not read: ${textOf(error)}`, 'none', error);
}

export function openError(error: unknown): KvError {
  return unavailable(`lmdb could not open the database: ${textOf(error)}`, 'none', error);
}

export function closedError(): KvError {
  return new KvError('CLOSED', 'the lmdb driver is closed');
}
