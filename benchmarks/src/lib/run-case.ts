import { type Spread, spread } from './statistics.js';
import type { Case, Prepared, Role, Sample, Target } from './workload.js';

/** How long and how often. */
export interface Pace {
  /** Rounds that count. */
  readonly rounds: number;
  /** Of one contender in one round. */
  readonly ms: number;
}

/** Rounds before those that count. */
const WARM_UP_ROUNDS = 4;

/** What a contender reached, over the rounds. */
export interface Row {
  readonly name: string;
  readonly role: Role;
  /** Operations a second. */
  readonly rate: number;
  /** To the base, within the same round; `NaN` without one. */
  readonly ratio: Spread;
  /** CPU time of an operation at the client, in microseconds. */
  readonly cpuMicros: number;
  /** Time of an operation, in microseconds, as if the callers stood in one line. */
  readonly micros: number;
  readonly fairness: Spread;
}

export interface Verdict {
  readonly target: Target;
  readonly reached: number;
  readonly pass: boolean;
}

/** A case that has been run. */
export interface CaseResult {
  readonly title: string;
  readonly rows: readonly Row[];
  readonly verdicts: readonly Verdict[];
}

/** Runs the contenders in turn, round by round, another one first each time. */
export async function runCase(work: Case, pace: Pace): Promise<CaseResult> {
  const ready: Prepared[] = [];
  try {
    for (const contender of work.contenders) ready.push(await contender.prepare());
    const samples = await runRounds(ready, pace, work.longer ?? 1);
    const rows = toRows(work, samples);
    return { title: work.title, rows, verdicts: judge(work, samples) };
  } finally {
    await Promise.all(ready.map((contender) => contender.close()));
  }
}

async function runRounds(
  ready: readonly Prepared[],
  { rounds, ms }: Pace,
  longer: number,
): Promise<Sample[][]> {
  const samples: Sample[][] = ready.map(() => []);
  for (let round = -WARM_UP_ROUNDS; round < rounds; round += 1) {
    for (let turn = 0; turn < ready.length; turn += 1) {
      const index = (turn + round + WARM_UP_ROUNDS) % ready.length;
      const sample = await ready[index]!.run(ms * longer);
      if (round >= 0) samples[index]!.push(sample);
    }
  }
  return samples;
}

const rateOf = ({ operations, seconds }: Sample): number => operations / seconds;
const microsOf = (sample: Sample): number => 1e6 / rateOf(sample);

function toRows({ contenders }: Case, samples: readonly Sample[][]): Row[] {
  const base = samples[contenders.findIndex(({ role }) => role === 'raw')];
  return contenders.map(({ name, role }, index) => {
    const own = samples[index]!;
    return {
      name,
      role,
      rate: spread(own.map(rateOf)).median,
      ratio: spread(
        own.map((sample, round) => (base ? rateOf(sample) / rateOf(base[round]!) : Number.NaN)),
      ),
      cpuMicros: spread(own.map((sample) => sample.cpuMicros / sample.operations)).median,
      micros: spread(own.map(microsOf)).median,
      fairness: spread(own.map((sample) => sample.fairness ?? Number.NaN)),
    };
  });
}

function judge({ contenders, targets }: Case, samples: readonly Sample[][]): Verdict[] {
  const ours = samples[contenders.findIndex(({ role }) => role === 'ours')];
  if (!ours) return [];
  const of = (role: Role): readonly Sample[][] =>
    samples.filter((_, index) => contenders[index]?.role === role);
  const overRounds = (each: (sample: Sample, round: number) => number): number =>
    spread(ours.map(each)).median;
  const raw = of('raw')[0]!;
  const peers = of('peer');
  const codec = of('codec')[0];

  return targets.map((target) => {
    let reached: number;
    switch (target.measure) {
      case 'ratio to raw':
        reached = overRounds((sample, round) => rateOf(sample) / rateOf(raw[round]!));
        break;
      case 'ratio to best peer':
        reached = Math.min(
          ...peers.map((peer) =>
            overRounds((sample, round) => rateOf(sample) / rateOf(peer[round]!)),
          ),
        );
        break;
      case 'ratio to one peer': {
        const peer = samples[contenders.findIndex(({ name }) => name === target.peer)]!;
        reached = overRounds((sample, round) => rateOf(sample) / rateOf(peer[round]!));
        break;
      }
      case 'fairness':
        reached = overRounds((sample) => sample.fairness ?? Number.NaN);
        break;
      case 'µs beyond codec':
        reached = overRounds((sample, round) => microsOf(sample) - microsOf(codec![round]!));
        break;
      case 'µs beyond raw':
        reached = overRounds((sample, round) => microsOf(sample) - microsOf(raw[round]!));
        break;
    }
    const pass = 'atLeast' in target ? reached >= target.atLeast : reached <= target.atMost;
    return { target, reached, pass };
  });
}
