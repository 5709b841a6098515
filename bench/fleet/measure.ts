import { setTimeout as sleep } from 'node:timers/promises';
import { greeting } from '../../src/embedded/addresses.ts';
import type { Counts } from './protocol.ts';
import { sampleRecord, type RecordSample } from './record.ts';
import { percentile } from './statistics.ts';
import { usageOf } from './usage.ts';
import type { World } from './world.ts';

/** What one window showed. The names are those of the results file; `measures.ts` says what they mean. */
export interface Window {
  readonly ageP50Ms: number;
  readonly ageP95Ms: number;
  readonly ageP99Ms: number;
  readonly ageMaxMs: number;
  readonly daemonCores: number;
  readonly daemonRssMb: number;
  readonly mariadbCores: number;
  readonly mariadbStatementsPerSecond: number;
  readonly redisCores: number;
  readonly overviewsPerClusterAndTick: number;
  readonly requestsPerSecond: number;
  readonly redisCommandsPerSecond: number;
  readonly costPerJobAndTickUs: number;
  readonly deadShownUnknown: number;
  readonly shownStarted: number;
}

/** Not a divisor of the probe's interval, so that the samples meet each phase of it. */
const SAMPLE_MS = 3700;

/** A look at all that only ever grows. */
interface Totals {
  readonly atMs: number;
  readonly cpuMs: { readonly daemon: number; readonly mariadb: number; readonly redis: number };
  readonly counts: Counts;
  readonly mariadbStatements: number;
  readonly redisCommands: number;
}

export interface WindowPlan {
  readonly lengthMs: number;
  readonly intervalMs: number;
  readonly signal: AbortSignal;
  readonly onSample: (sample: RecordSample) => void;
}

/** Samples the record until the window is over. @throws Error when one of the processes has ended, the signal's reason when aborted. */
export async function measureWindow(world: World, { lengthMs, intervalMs, signal, onSample }: WindowPlan): Promise<Window> {
  const before = await totals(world);
  const samples: RecordSample[] = [];
  let rssBytes = 0;
  for (let leftMs = lengthMs; leftMs > 0; leftMs = before.atMs + lengthMs - performance.now()) {
    const sample = await sampleRecord(world);
    onSample(sample);
    samples.push(sample);
    rssBytes = Math.max(rssBytes, usageOf(world.processes.daemon.pid).rssBytes);
    await sleep(Math.min(SAMPLE_MS, Math.max(0, before.atMs + lengthMs - performance.now())), undefined, { signal });
  }
  const after = await totals(world);

  const ms = after.atMs - before.atMs;
  const ticks = ms / intervalMs;
  const cores = (process: keyof Totals['cpuMs']): number => (after.cpuMs[process] - before.cpuMs[process]) / ms;
  const perSecond = (total: (totals: Totals) => number): number => ((total(after) - total(before)) * 1000) / ms;
  const overviews = sum(after.counts.overviews) - sum(before.counts.overviews);
  const ages = Float64Array.from(samples.flatMap(({ agesMs }) => agesMs)).sort();
  const { jobs = 0, dead = 0 } = samples[0] ?? {};
  return {
    ageP50Ms: percentile(ages, 0.5),
    ageP95Ms: percentile(ages, 0.95),
    ageP99Ms: percentile(ages, 0.99),
    ageMaxMs: percentile(ages, 1),
    daemonCores: cores('daemon'),
    daemonRssMb: rssBytes / 1024 / 1024,
    mariadbCores: cores('mariadb'),
    mariadbStatementsPerSecond: perSecond(({ mariadbStatements }) => mariadbStatements),
    redisCores: cores('redis'),
    overviewsPerClusterAndTick: overviews / before.counts.overviews.length / ticks,
    requestsPerSecond: perSecond(({ counts }) => sum(Object.values(counts.requests))),
    redisCommandsPerSecond: perSecond(({ redisCommands }) => redisCommands),
    costPerJobAndTickUs: ((after.cpuMs.daemon - before.cpuMs.daemon) * 1000) / jobs / ticks,
    deadShownUnknown: Math.min(...samples.map(({ unknown }) => unknown)) / dead,
    shownStarted: Math.min(...samples.map(({ started }) => started)) / jobs,
  };
}

async function totals({ clusters, db, redisSocket, processes }: World): Promise<Totals> {
  const [counts, mariadbStatements, redisCommands] = await Promise.all([
    clusters.counts(),
    statementsOf(db),
    redisInfo(redisSocket, 'total_commands_processed'),
  ]);
  const cpuMs = (process: keyof Totals['cpuMs']): number => usageOf(processes[process].pid).cpuMs;
  return {
    atMs: performance.now(),
    cpuMs: { daemon: cpuMs('daemon'), mariadb: cpuMs('mariadb'), redis: cpuMs('redis') },
    counts,
    mariadbStatements,
    redisCommands: Number(redisCommands),
  };
}

/** How many MariaDB was sent, the few of the benchmark among them. */
async function statementsOf(db: World['db']): Promise<number> {
  const [rows] = (await db.raw("SHOW GLOBAL STATUS LIKE 'Questions'")) as [{ Value: string }[]];
  return Number(rows[0]?.Value);
}

/** One value of Redis' INFO. @throws Error when Redis does not say. */
export async function redisInfo(socketPath: string, field: string): Promise<string> {
  const section = field === 'redis_version' ? 'server' : 'stats';
  const info = (await greeting(socketPath, `INFO ${section}\r\n`))?.toString() ?? '';
  const value = new RegExp(`^${field}:(.+?)\\r?$`, 'm').exec(info)?.[1];
  if (value === undefined) throw new Error(`Redis does not tell its ${field}`);
  return value;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
