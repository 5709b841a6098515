import { execFileSync } from 'node:child_process';
import { cpus, totalmem, type as systemType, release } from 'node:os';
import type { FleetOptions } from './options.ts';
import type { Window } from './measure.ts';
import { MEASURE_NAMES, MEASURES } from './measures.ts';
import { summarized, type Summary } from './statistics.ts';

/** One fleet, measured. */
export interface FleetResult {
  readonly jobs: number;
  readonly medians: { readonly [K in keyof Window]: Summary };
  /** By measure, where there is something to be reached. */
  readonly aims: Readonly<Partial<Record<keyof Window, { readonly aim: string; readonly reached: boolean }>>>;
  readonly windows: readonly Window[];
}

/** What is written to the results file. */
export interface FleetReport {
  readonly date: string;
  readonly machine: { readonly processor: string; readonly cores: number; readonly memoryGb: number; readonly system: string };
  readonly versions: Readonly<Record<'node' | 'mariadb' | 'redis' | 'drey', string>>;
  readonly parameters: Pick<FleetOptions, 'clusters' | 'minutes'> & Readonly<Record<string, unknown>>;
  readonly fleets: readonly FleetResult[];
  readonly costIsFlatOrFalls: { readonly aim: string; readonly reached: boolean };
}

export function resultOf(jobs: number, windows: readonly Window[]): FleetResult {
  const entries = MEASURE_NAMES.map((name) => [name, summarized(windows.map((window) => window[name]))] as const);
  const medians = Object.fromEntries(entries) as FleetResult['medians'];
  const aims = MEASURE_NAMES.flatMap((name) => {
    const { aim } = MEASURES[name];
    return aim === undefined ? [] : [[name, { aim: aim.text, reached: aim.isReached(medians[name]) }] as const];
  });
  return { jobs, medians, aims: Object.fromEntries(aims), windows };
}

/** Between one fleet and the next larger one; a twentieth of it is noise. */
const COST_GROWS_MOST = 1.05;

export function costIsFlatOrFalls(fleets: readonly FleetResult[]): FleetReport['costIsFlatOrFalls'] {
  const costs = fleets.toSorted((a, b) => a.jobs - b.jobs).map(({ medians }) => medians.costPerJobAndTickUs.median);
  return {
    aim: 'the cost of a Job does not grow with the fleet',
    reached: costs.every((cost, index) => cost <= (costs[index - 1] ?? cost) * COST_GROWS_MOST),
  };
}

export const isReached = ({ fleets, costIsFlatOrFalls }: FleetReport): boolean =>
  costIsFlatOrFalls.reached && fleets.every(({ aims }) => Object.values(aims).every(({ reached }) => reached));

export function machine(): FleetReport['machine'] {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 1024 ** 3),
    system: `${systemType()} ${release()}`,
  };
}

/** The commit that was measured; `+` when there were changes on top. */
export function commit(root: string): string {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', '--untracked-files=no') === '' ? '' : '+'}`;
  } catch {
    return 'unknown';
  }
}
