/** Tells the parent process; resolves once the message is in the pipe, where it outlives this process. */
export function tell(report: object): Promise<void> {
  return new Promise((resolve) => {
    process.send?.(report, undefined, {}, () => resolve());
  });
}
