/** A sixteenth of what is safe with random nonces, since other processes use the key as well. */
const WARN_AFTER = 2 ** 28;

/** Counts the uses of a key of encryption, and warns once when it is time to rotate it. */
export function countUses(
  id: string,
  onWarning: (message: string) => void,
  warnAfter: number = WARN_AFTER,
): () => void {
  let uses = 0;
  return () => {
    uses += 1;
    if (uses !== warnAfter) return;
    try {
      onWarning(`encryption: ${warnAfter} values under the key ${id}; rotate it`);
    } catch {
      // Whoever is warned must not decide what becomes of the write.
    }
  };
}
