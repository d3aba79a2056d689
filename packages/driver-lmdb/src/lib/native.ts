import * as lmdb from 'lmdb';

/** What of lmdb's environment is used but not in its types: the version is pinned for that reason. */
export interface NativeEnvironment {
  /** `lastTxnId`: of the newest meta page in the file. */
  info(): { readonly lastTxnId: number };
  readonly startWriting: (address: number, callback: (status: number) => unknown) => unknown;
  /** Unlocks the writer. */
  resumeWriting(): void;
  close(): void;
}

export interface ReadTransaction extends lmdb.Transaction {
  readonly address: number;
  /** Takes a snapshot, if it has none. */
  renew(): void;
}

interface NativeAddon {
  readonly Env: new () => NativeEnvironment;
  /** Lets go of the snapshot of a read transaction. */
  resetTxn(address: number): void;
}

const { nativeAddon } = lmdb as unknown as { readonly nativeAddon: NativeAddon };

export function nativeOf(root: lmdb.RootDatabase): NativeEnvironment {
  return (root as unknown as { readonly env: NativeEnvironment }).env;
}

/** Whether `root` comes from the lmdb that this package uses, not from another copy of it. */
export function isOfThisLmdb(root: lmdb.RootDatabase): boolean {
  return nativeOf(root) instanceof nativeAddon.Env;
}

export function resetTransaction(transaction: ReadTransaction): void {
  nativeAddon.resetTxn(transaction.address);
}
