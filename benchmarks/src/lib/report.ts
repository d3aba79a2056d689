import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { installedVersions } from './installed-versions.js';
import type { CaseResult, Pace, Row, Verdict } from './run-case.js';

/** A workload that has been run. */
export interface WorkloadResult {
  readonly title: string;
  readonly about: string;
  readonly cases: readonly CaseResult[];
}

/** One case as a table of Markdown, and what became of its targets. */
export function caseTable({ title, rows, verdicts }: CaseResult): string {
  const fair = rows.some(({ fairness }) => fairness.median < 0.99);
  const head = ['', 'ops/s', 'ratio', 'quartiles', 'CPU µs/op', ...(fair ? ['fairness'] : [])];
  const body = rows.map((row) => [
    row.role === 'ours' ? `**${row.name}**` : row.name,
    Math.round(row.rate).toLocaleString('en'),
    ratioText(row),
    hasRatio(row) ? `${short(row.ratio.low)} – ${short(row.ratio.high)}` : '',
    short(row.cpuMicros),
    ...(fair ? [short(row.fairness.median)] : []),
  ]);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const table = [line(head), line(head.map((_, i) => (i ? '---:' : '---'))), ...body.map(line)];
  return [`### ${title}`, '', ...table, '', ...verdicts.map(verdictText)].join('\n').trimEnd();
}

/** A codec is no contender, and where nobody is raw there is nothing to compare with. */
function hasRatio({ role, ratio }: Row): boolean {
  return role !== 'codec' && !Number.isNaN(ratio.median);
}

function ratioText(row: Row): string {
  if (!hasRatio(row)) return '';
  const text = short(row.ratio.median);
  return row.role === 'ours' ? `**${text}**` : text;
}

function verdictText({ target, reached, pass }: Verdict): string {
  const aim = 'atLeast' in target ? `≥ ${target.atLeast}` : `≤ ${target.atMost}`;
  const measure = 'peer' in target ? `ratio to ${target.peer}` : target.measure;
  return `- ${pass ? 'pass' : '**miss**'}: ${measure} ${short(reached)} (target ${aim})`;
}

function short(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** All results as a part of the README. */
export function resultsText(results: readonly WorkloadResult[], { rounds, ms }: Pace): string {
  const machine = `${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'})`;
  const date = new Date().toISOString().slice(0, 10);
  return [
    `${date}, Node ${process.version}, ${machine}, ${rounds} rounds of ${ms} ms.`,
    `Versions: ${installedVersions().join(', ')}.`,
    ...results.map(({ title, about, cases }) =>
      [`## ${title}`, about, ...cases.map(caseTable)].join('\n\n'),
    ),
  ].join('\n\n');
}

const BEGIN = '<!-- results: begin -->';
const END = '<!-- results: end -->';

/** Puts the results between the markers of a file. */
export function writeResults(file: URL, text: string): void {
  const old = readFileSync(file, 'utf8');
  const [before, rest] = old.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`no markers in ${file.pathname}`);
  writeFileSync(file, `${before}${BEGIN}\n\n${text}\n\n${END}${after}`);
}
