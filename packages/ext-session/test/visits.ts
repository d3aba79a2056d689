/** What a process was answered, and when by a clock that all share. A line is a session with all its ids. */
export type Visit =
  /** `at`: when it was asked. */
  | { type: 'read'; line: string; at: number; fields: Record<string, unknown> }
  /** `at`: when it was acknowledged. */
  | { type: 'saved'; line: string; at: number; field: string; value: number }
  | { type: 'ended'; line: string; at: number };

/** What contradicts the promises: reads of what had ended, and fields that were lost. */
export function contradictions(visits: readonly Visit[]): string[] {
  const found: string[] = [];
  const ended = new Map<string, number>();
  for (const { type, line, at } of visits) {
    if (type === 'ended') ended.set(line, Math.min(at, ended.get(line) ?? at));
  }
  const saved = new Map<string, { at: number; value: number }[]>();
  for (const visit of visits) {
    if (visit.type !== 'saved') continue;
    const key = `${visit.line} ${visit.field}`;
    saved.set(key, [...(saved.get(key) ?? []), visit]);
  }
  const fields = new Map<string, Set<string>>();
  for (const key of saved.keys()) {
    const [line = '', field = ''] = key.split(' ');
    fields.set(line, (fields.get(line) ?? new Set()).add(field));
  }
  for (const visit of visits) {
    if (visit.type !== 'read') continue;
    const { line, at } = visit;
    const end = ended.get(line);
    if (end !== undefined && at > end) found.push(`${line} was read ${at - end} ms after its end`);
    for (const field of fields.get(line) ?? []) {
      const read = (visit.fields[field] as number | undefined) ?? 0;
      for (const { at: acknowledged, value } of saved.get(`${line} ${field}`) ?? []) {
        if (acknowledged < at && value > read)
          found.push(`${line} lost ${field} = ${value}: ${read}`);
      }
    }
  }
  return found;
}
