/** The result of a promise, or what `late` answers if it takes longer. */
export async function inTime<T>(promise: Promise<T>, ms: number, late: () => T): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = new Promise<T>((resolve, reject) => {
    const answer = (): void => {
      try {
        resolve(late());
      } catch (error) {
        reject(error);
      }
    };
    timer = setTimeout(answer, Math.min(ms, 2 ** 31 - 1));
  });
  return await Promise.race([promise, end]).finally(() => clearTimeout(timer));
}
