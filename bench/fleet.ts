import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createScreen, type Screen } from '../src/embedded/screen.ts';
import { createServers, type Servers } from '../src/embedded/servers.ts';
import { listenForStop } from '../src/embedded/stop-signals.ts';
import { measureWindow, redisInfo, type Window } from './fleet/measure.ts';
import { parseOptions, type FleetOptions } from './fleet/options.ts';
import { sampleRecord, type RecordSample } from './fleet/record.ts';
import { commit, costIsFlatOrFalls, isReached, machine, resultOf, type FleetReport, type FleetResult } from './fleet/results.ts';
import { percentile } from './fleet/statistics.ts';
import { table } from './fleet/table.ts';
import { startWorld, type World } from './fleet/world.ts';

const INTERVAL_MS = 5000;
/** A window is as long, since the counters of all Jobs may be read in one part of it. */
const RESTART_COUNT_INTERVAL_MS = 60_000;
const WARM_UP_MS = 300_000;

const root = fileURLToPath(new URL('..', import.meta.url));
const resultsFile = fileURLToPath(new URL('results/fleet.json', import.meta.url));

/**
 * What a daemon costs and how fresh its record is, with thousands of STARTED Jobs on hundreds of clusters, some of them dead. Writes the
 * results to `bench/results/fleet.json`, unless it is profiled. Resolves with the exit code: 0, 1 when an aim is missed or something failed, 128 + the signal
 * that ended it.
 */
export async function fleet(args: string[]): Promise<number> {
  const screen = createScreen(process.stdout);
  let servers: Servers | undefined;
  const stop = listenForStop(() => servers?.killAll());
  let exitCode = 1;
  try {
    const options = parseOptions(args);
    const fleets: FleetResult[] = [];
    let versions: FleetReport['versions'] | undefined;
    for (const jobs of options.sizes) {
      screen.say(`\n${jobs.toLocaleString('en')} Jobs on ${options.clusters} clusters`);
      const over = new AbortController();
      servers = createServers(screen, AbortSignal.any([stop.signal, over.signal]));
      try {
        const world = await startWorld(
          { ...options, jobs, intervalMs: INTERVAL_MS, restartCountIntervalMs: RESTART_COUNT_INTERVAL_MS },
          servers,
          screen,
        );
        versions ??= await versionsOf(world);
        fleets.push(resultOf(jobs, await measure(world, options, servers.signal, screen)));
      } finally {
        over.abort(); // from here on nobody wonders that the servers end
        screen.show([]);
        await servers.stopAll();
      }
    }
    if (versions === undefined) throw new Error('nothing was measured');
    const report = reportOf(options, fleets, versions);
    screen.say(`\n${table(report).join('\n')}\n`);
    screen.say(options.profileFolder === undefined ? keep(report) : 'Not kept: a daemon that is profiled costs more.');
    exitCode = isReached(report) ? 0 : 1;
  } catch (error) {
    if (stop.exitCode() === undefined) screen.say(`fleet: ${error instanceof Error ? error.message : String(error)}`);
  }
  return stop.exitCode() ?? exitCode;
}

/** Writes the results file; says where it is. */
function keep(report: FleetReport): string {
  mkdirSync(dirname(resultsFile), { recursive: true });
  writeFileSync(resultsFile, `${JSON.stringify(report, null, 2)}\n`);
  return `All of it is in ${relative(process.cwd(), resultsFile)}.`;
}

async function measure(world: World, { minutes }: FleetOptions, signal: AbortSignal, screen: Screen): Promise<Window[]> {
  await screen.follow('Warming up: every living Job observed, every dead one UNKNOWN', warmUp(world, signal));
  const count = Math.max(1, Math.round((minutes * 60_000) / RESTART_COUNT_INTERVAL_MS));
  const lengthMs = (minutes * 60_000) / count;
  const windows: Window[] = [];
  for (let number = 1; number <= count; number++) {
    const onSample = (sample: RecordSample): void => screen.show(progress(`window ${number} of ${count}`, sample));
    const window = await measureWindow(world, { lengthMs, intervalMs: INTERVAL_MS, signal, onSample });
    windows.push(window);
    const { ageP99Ms, daemonCores, daemonRssMb } = window;
    const figures = `p99 ${(ageP99Ms / 1000).toFixed(1)} s, ${daemonCores.toFixed(2)} cores, ${daemonRssMb.toFixed(0)} MB`;
    screen.say(`✓ Window ${number} of ${count}: ${figures}`);
  }
  return windows;
}

/** @throws Error when the daemon does not come round in time. */
async function warmUp(world: World, signal: AbortSignal): Promise<void> {
  const began = performance.now();
  for (;;) {
    const askedMs = performance.now();
    const { agesMs, dead, unknown } = await sampleRecord(world);
    // Written before this began, and not touched since.
    const unseen = agesMs.filter((age) => age >= askedMs - began).length;
    if (unseen === 0 && unknown === dead) return;
    if (askedMs - began > WARM_UP_MS) throw new Error(`after ${WARM_UP_MS / 1000} s ${unseen} living Jobs were not observed once`);
    await sleep(1000, undefined, { signal });
  }
}

function progress(title: string, { agesMs, dead, unknown }: RecordSample): string[] {
  const ages = Float64Array.from(agesMs).sort();
  const [p50, p99] = [0.5, 0.99].map((share) => (percentile(ages, share) / 1000).toFixed(1));
  return [`… ${title}: ages p50 ${p50 ?? ''} s, p99 ${p99 ?? ''} s; ${unknown} of ${dead} Jobs on dead clusters UNKNOWN`];
}

async function versionsOf({ db, redisSocket }: World): Promise<FleetReport['versions']> {
  const [rows] = (await db.raw('SELECT VERSION() AS version')) as [{ version: string }[]];
  const redis = await redisInfo(redisSocket, 'redis_version');
  return { node: process.versions.node, mariadb: rows[0]?.version ?? 'unknown', redis, drey: commit(root) };
}

function reportOf({ clusters, minutes }: FleetOptions, fleets: readonly FleetResult[], versions: FleetReport['versions']): FleetReport {
  return {
    date: new Date().toISOString(),
    machine: machine(),
    versions,
    parameters: {
      clusters,
      refusing: Math.round(clusters / 20),
      silent: Math.round(clusters / 20),
      minutes,
      intervalMs: INTERVAL_MS,
      restartCountIntervalMs: RESTART_COUNT_INTERVAL_MS,
    },
    fleets,
    costIsFlatOrFalls: costIsFlatOrFalls(fleets),
  };
}
