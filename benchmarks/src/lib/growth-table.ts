/** A table of Markdown: one row a line, one column a size. A size that was not measured stays empty. */
export function growthTable(
  corner: string,
  sizes: readonly number[],
  rows: readonly (readonly [name: string, cells: ReadonlyMap<number, string>])[],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line([corner, ...sizes.map((size) => size.toLocaleString('en'))]),
    line(['---', ...sizes.map(() => '---:')]),
    ...rows.map(([name, cells]) => line([name, ...sizes.map((size) => cells.get(size) ?? '')])),
  ].join('\n');
}

/** A cost in three digits. */
export function figure(micros: number): string {
  return micros >= 1_000
    ? Math.round(Number(micros.toPrecision(3))).toLocaleString('en')
    : micros.toPrecision(3);
}
