import { transitions } from '../../src/domain/job-machine.ts';
import { flinkJobId, isFinal, type Job } from '../../src/domain/job.ts';
import { hasMistake, scriptOf } from './deployments.ts';
import type { SimulatedFlink } from './flink.ts';
import type { SimulatedGateway } from './gateway.ts';
import type { Storage } from './storage.ts';
import type { World } from './world.ts';

/** Jobs of a Deployment that the cleanup keeps. */
export const KEEP = 2;

/** How long a job may live that nobody wants: outages, a paused daemon, then a sweep. */
const STRAY_MOST_MS = 120_000;

const legal = new Set(Object.values(transitions).flatMap(({ from, to }) => from.map((state) => `${state}→${to === 'same' ? state : to}`)));

export interface Invariants {
  /** To be told of every row as it is written. */
  written(job: Job): void;
  /** To be told of Jobs of which users are told that what became of their state is unknown. */
  unknown(jobId: string): void;
  /** To be told of Jobs that the cleanup is about to delete. */
  deleting(ids: readonly string[]): void;
  /** To be told of every statement that the gateway runs in a session. */
  ran(session: string): void;
  /** To be called after every step, and at the `end`: time alone breaks promises too. */
  check(end?: 'end'): void;
  /** Flink ids of Jobs that ended. */
  endedIds(): string[];
  readonly transitionsSeen: ReadonlySet<string>;
  /** How scripts came further: `none→opened`, `opened→defining`, … */
  readonly scriptStepsSeen: ReadonlySet<string>;
}

/** Watches every step of a world; throws at the first that breaks a promise (the numbers are those of test/README.md). */
export function invariants(world: World, flink: SimulatedFlink, gateway: SimulatedGateway, storage: Storage): Invariants {
  const rows = new Map<string, Job>();
  const last = new Map<string, Job>();
  const transitionsSeen = new Set<string>();
  const scriptStepsSeen = new Set<string>();
  /** The Job whose row named each session first. */
  const sessions = new Map<string, string>();
  /** Flink jobs that began to run when their Job had ended, and when that was: by hand, or sent late by a daemon that had been stopped. */
  const strays = new Map<string, number>();
  const seenAlive = new Set<string>();
  const deleted = new Set<string>();
  const unknown = new Set<string>();
  let moved = false;
  let changes = 0;
  let writes = 0;
  const fail = (text: string): never => {
    throw new Error(text);
  };

  /** I10: no state that a Job of this Deployment left behind, or was stopped with, is older than what the next one starts from. */
  const checkState = (job: Job): void => {
    const from = job.spec.savepointLocation;
    if (job.deploymentName === 'a') {
      if (from !== undefined) fail(`I10 Job ${job.id} has state, and none was wanted`);
      return;
    }
    const position = from === undefined ? -1 : (storage.read(from)?.position ?? -1);
    for (const stored of storage.all()) {
      const owner = rows.get(stored.flinkJobId);
      const isOurs = owner?.deploymentId === job.deploymentId && !strays.has(stored.flinkJobId);
      if (isOurs && stored.isRequired && !unknown.has(owner.id) && stored.position > position)
        fail(`I10 Job ${job.id} starts from ${from ?? 'nothing'} (${position}), and there is ${stored.location} (${stored.position})`);
    }
  };

  const checkJob = (job: Job, before: Job | undefined): void => {
    if (before === undefined) {
      if (job.state !== 'STARTING') fail(`I6 Job ${job.id} was born ${job.state}`);
      checkState(job);
      return;
    }
    if (before === job) return;
    const move = `${before.state}→${job.state}`;
    transitionsSeen.add(move);
    if (before.state !== job.state && !legal.has(move)) fail(`I6 Job ${job.id} went ${move}`);
    const isRelease = before.releasedAt === undefined && job.state === before.state && job.terminatedAt === before.terminatedAt;
    if (isFinal(before.state) && !isRelease) fail(`I3 Job ${job.id} is ${before.state} and changed`);
    if (job.spec !== before.spec || job.specHash !== before.specHash) fail(`I4 the spec of Job ${job.id} changed`);
    if (job.restarts < before.restarts) fail(`I5 restarts of Job ${job.id} fell`);
    const truth = flink.restartsOf(flinkJobId(job));
    if (job.restarts > truth) fail(`I5 Job ${job.id} says ${job.restarts} restarts, and there were ${truth}`);
    if (job.version !== before.version && job.version !== before.version + 1)
      fail(`I7 Job ${job.id} jumped from version ${before.version} to ${job.version}`);
  };

  /** I18, I19 and I20: of a script its session is closed, its tables are known, and only a wrong one is refused. */
  const checkScript = (job: Job, before: Job | undefined): void => {
    const script = scriptOf(job);
    if (script === undefined) return;
    scriptStepsSeen.add(`${before?.sql?.stage.kind ?? 'none'}→${job.sql?.stage.kind ?? 'none'}`);
    if (job.sql !== undefined && !sessions.has(job.sql.session)) sessions.set(job.sql.session, job.id);
    if (before?.tables !== undefined && job.tables !== before.tables) fail(`I19 the tables of Job ${job.id} changed`);
    if (job.startedAt !== undefined && job.tables === undefined) fail(`I19 Job ${job.id} was started, and its tables are not known`);
    if (hasMistake(script) && job.attempt > 0) fail(`I20 the script of Job ${job.id} is wrong and was submitted`);
    if (!hasMistake(script) && job.failure?.reason === 'ScriptRefused')
      fail(`I20 the script of Job ${job.id} is right and was refused: ${job.failure.message}`);
  };

  /** I18: when all has come to rest, no session that a row ever named is open, and none is named by a row that has no use for it. */
  const checkSessions = (): void => {
    for (const [session, id] of sessions) if (gateway.isOpen(session)) fail(`I18 ${session} of Job ${id} was never closed`);
    for (const { id, state, releasedAt, sql } of last.values())
      if (sql !== undefined && (state === 'STARTED' || releasedAt !== undefined))
        fail(`I18 Job ${id} is ${state} and still names ${sql.session}`);
  };

  const noteStray = (id: string, job: Job): void => {
    const runByHand = flink.byHand.get(id);
    if (runByHand !== undefined) strays.set(id, runByHand);
    else if (!seenAlive.has(id) && isFinal(job.state) && flink.sentLate.has(id)) strays.set(id, world.now());
    seenAlive.add(id);
  };

  /** I11: one savepoint a Savepoint, however often Flink was asked. */
  const checkDirectories = (): void => {
    if (storage.writes() === writes) return;
    writes = storage.writes();
    const seen = new Set<string>();
    for (const { location } of storage.all()) {
      const directory = location.slice(0, location.lastIndexOf('/'));
      if (location.startsWith('file:/savepoints/') && seen.has(directory)) fail(`I11 ${directory} has two savepoints`);
      seen.add(directory);
    }
  };

  return {
    transitionsSeen,
    scriptStepsSeen,
    endedIds: () => [...rows].filter(([, job]) => isFinal(job.state) && job.attempt > 0).map(([id]) => id),
    written(job) {
      checkJob(job, last.get(job.id));
      checkScript(job, last.get(job.id));
      last.set(job.id, job);
      rows.set(flinkJobId(job), job);
      moved = true;
    },
    unknown: (jobId) => void unknown.add(jobId),
    deleting(ids) {
      for (const id of ids) {
        const job = last.get(id);
        if (job === undefined || deleted.has(id)) continue;
        if (!isFinal(job.state)) fail(`I12 Job ${id} is ${job.state} and deleted`);
        const kept = [...last.values()].filter((other) => other.deploymentId === job.deploymentId && isFinal(other.state));
        const newer = kept.filter((other) => !deleted.has(other.id) && (other.terminatedAt ?? 0) > (job.terminatedAt ?? 0));
        if (newer.length < KEEP) fail(`I12 Job ${id} is deleted, and only ${newer.length} newer ones are kept`);
        deleted.add(id);
      }
    },
    ran(session) {
      if (!sessions.has(session)) fail(`I8 a statement is run in ${session}, which no row names`);
    },
    check(end) {
      if (end !== undefined) checkSessions();
      if (end === undefined && !moved && flink.changes() === changes) return;
      moved = false;
      checkDirectories();
      if (flink.touchedForeign) fail('I2 a job that Drey never made was touched');
      changes = flink.changes();
      for (const [id, count] of flink.starts) if (count > 1) fail(`I1 Flink job ${id} was run ${count} times`);
      const owners = new Map<string, string>();
      for (const id of flink.aliveIds()) {
        const job = rows.get(id) ?? fail(`I8 Flink job ${id} has no Job`);
        noteStray(id, job);
        const since = strays.get(id);
        if (since !== undefined && world.now() - since < STRAY_MOST_MS) continue;
        if (job.attempt === 0) fail(`I8 Flink job ${id} runs and its Job was never submitted`);
        if (isFinal(job.state)) fail(`I2 Flink job ${id} runs and its Job is ${job.state} (${job.failure?.reason ?? 'no failure'})`);
        const other = owners.get(job.deploymentId);
        if (other !== undefined) fail(`I1 Flink jobs ${id} and ${other} of one Deployment run at the same time`);
        owners.set(job.deploymentId, id);
      }
    },
  };
}
