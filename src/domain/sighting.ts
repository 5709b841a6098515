import { mayStillComeTo } from './judge.ts';
import { isBoundToJobManager, type Checkpoints, type Job, type JobRecord, type Missing } from './job.ts';
import type { Observation } from './observation.ts';
import { historyAfter, type RestartHistory } from './restarts.ts';

type Found = Extract<Observation, { kind: 'found' }>;

/** The columns of a Job that an observation writes whatever its verdict is. */
export interface Seen {
  readonly flinkWord: Job['flinkWord'];
  readonly flinkStartedAtMs: number | undefined;
  readonly restarts: number;
  readonly restartBase: number;
  /** Another one than the Job's where `restarts` grew. */
  readonly restartHistory: RestartHistory | undefined;
  readonly checkpoints: Checkpoints | undefined;
  /** Another checkpoint was completed than was known. */
  readonly isNewCheckpoint: boolean;
  readonly unreachable: string | undefined;
  readonly missing: Missing | undefined;
  readonly fingerprint: string | undefined;
  readonly waitingFor: string | undefined;
  /** False when Flink could not be asked: the age of the last true observation goes on growing. */
  readonly isLook: boolean;
}

/** What the record of a Job says after an observation. Pure. */
export function seenOf(job: JobRecord, observation: Observation, now: Date): Seen {
  const same: Seen = {
    flinkWord: job.flinkWord,
    flinkStartedAtMs: job.flinkStartedAtMs,
    restarts: job.restarts,
    restartBase: job.restartBase,
    restartHistory: job.restartHistory,
    checkpoints: job.checkpoints,
    isNewCheckpoint: false,
    unreachable: undefined,
    missing: job.missing,
    fingerprint: job.fingerprint,
    waitingFor: job.waitingFor,
    isLook: true,
  };
  switch (observation.kind) {
    case 'unreachable':
      return { ...same, flinkWord: 'UNKNOWN', unreachable: observation.message, isLook: false };
    case 'applicationRunning':
      return { ...same, missing: undefined, waitingFor: isBoundToJobManager(job) ? 'main() to submit its job' : 'its job' };
    case 'applicationEnded':
      return same;
    case 'notFound':
      // Flink answers and has no word for it: the last one is no longer true.
      return {
        ...same,
        flinkWord: job.flinkWord === undefined ? undefined : 'UNKNOWN',
        missing: missingAfter(job, observation.fingerprint, now),
      };
    case 'found':
      return {
        ...same,
        ...restartsAfter(job, observation, now),
        ...checkpointsAfter(job, observation),
        flinkWord: observation.word,
        flinkStartedAtMs: observation.startedAtMs,
        missing: undefined,
        fingerprint: observation.fingerprint,
        waitingFor: job.state === 'STARTING' ? (observation.progress ?? 'all its tasks to run') : job.waitingFor,
      };
  }
}

/**
 * Flink's counter begins at zero in each JobManager. One that took the job over is another incarnation that set the job's start-time
 * anew: what was counted becomes the base, and the loss of the process counts as one restart. The counter is read after the
 * incarnation was, so it can only be that of a later one, which makes the sum too small and never too large.
 */
function restartsAfter(
  job: JobRecord,
  { fingerprint, startedAtMs, restarts: counted = 0 }: Found,
  now: Date,
): Pick<Seen, 'restarts' | 'restartBase' | 'restartHistory'> {
  const isTakenOver =
    job.fingerprint !== undefined &&
    job.fingerprint !== fingerprint &&
    job.flinkStartedAtMs !== undefined &&
    job.flinkStartedAtMs !== startedAtMs;
  const restartBase = isTakenOver ? job.restarts + 1 : job.restartBase;
  const restarts = Math.max(job.restarts, restartBase + counted);
  const { restartHistory } = job;
  return {
    restartBase,
    restarts,
    restartHistory: restarts === job.restarts ? restartHistory : historyAfter(restartHistory, restarts - job.restarts, now),
  };
}

function checkpointsAfter(job: JobRecord, { checkpoints }: Found): Pick<Seen, 'checkpoints' | 'isNewCheckpoint'> {
  if (checkpoints === undefined) return { checkpoints: job.checkpoints, isNewCheckpoint: false };
  // A JobManager that took the job over does not know where the one before put its last checkpoint.
  const lastPath = checkpoints.lastPath ?? job.checkpoints?.lastPath;
  return {
    checkpoints: lastPath === undefined ? checkpoints : { ...checkpoints, lastPath },
    isNewCheckpoint: checkpoints.completed > 0 && checkpoints.completed !== job.checkpoints?.completed,
  };
}

/** Counts the first look-up that did not find the job, by one JobManager. While a submission is in doubt, "not found" says nothing. */
function missingAfter(job: JobRecord, fingerprint: string, now: Date): Missing | undefined {
  if (mayStillComeTo(fingerprint, job, now)) return undefined;
  return job.missing?.fingerprint === fingerprint ? job.missing : { fingerprint, since: now };
}

/** True where what the API shows, or a guard depends on, differs from the row. */
export const isNews = (job: JobRecord, seen: Seen): boolean =>
  job.flinkWord !== seen.flinkWord ||
  job.restarts !== seen.restarts ||
  job.missing?.fingerprint !== seen.missing?.fingerprint ||
  job.fingerprint !== seen.fingerprint;

/** True where nothing but the time of the observation is to be written. */
export const isSame = (job: JobRecord, seen: Seen): boolean =>
  !isNews(job, seen) &&
  job.flinkStartedAtMs === seen.flinkStartedAtMs &&
  job.restartBase === seen.restartBase &&
  job.checkpoints === seen.checkpoints &&
  job.unreachable === seen.unreachable &&
  job.waitingFor === seen.waitingFor;

/** The Job with what was seen in its record; `observedAt` is when the look began. */
export function withSeen(job: Job, seen: Seen, observedAt: Date): Job {
  const { flinkWord, flinkStartedAtMs, restartHistory, checkpoints, checkpointAt, unreachable, missing, fingerprint, waitingFor, ...rest } =
    job;
  const lastCheckpointAt = seen.isNewCheckpoint ? observedAt : checkpointAt;
  return {
    ...rest,
    restarts: seen.restarts,
    restartBase: seen.restartBase,
    observedAt: seen.isLook ? observedAt : job.observedAt,
    reachChangedAt: (unreachable === undefined) === (seen.unreachable === undefined) ? job.reachChangedAt : observedAt,
    ...(seen.flinkWord === undefined ? {} : { flinkWord: seen.flinkWord }),
    ...(seen.flinkStartedAtMs === undefined ? {} : { flinkStartedAtMs: seen.flinkStartedAtMs }),
    ...(seen.restartHistory === undefined ? {} : { restartHistory: seen.restartHistory }),
    ...(seen.checkpoints === undefined ? {} : { checkpoints: seen.checkpoints }),
    ...(lastCheckpointAt === undefined ? {} : { checkpointAt: lastCheckpointAt }),
    ...(seen.unreachable === undefined ? {} : { unreachable: seen.unreachable }),
    ...(seen.missing === undefined ? {} : { missing: seen.missing }),
    ...(seen.fingerprint === undefined ? {} : { fingerprint: seen.fingerprint }),
    ...(seen.waitingFor === undefined ? {} : { waitingFor: seen.waitingFor }),
  };
}
