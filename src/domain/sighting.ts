import { isInDoubt } from './judge.ts';
import type { Job, Missing } from './job.ts';
import type { Observation } from './observation.ts';

/** The columns of a Job that an observation writes whatever its verdict is. */
export interface Seen {
  readonly flinkWord: Job['flinkWord'];
  readonly restarts: number;
  readonly missing: Missing | undefined;
  readonly fingerprint: string | undefined;
  readonly waitingFor: string | undefined;
  /** False when Flink could not be asked: the age of the last true observation goes on growing. */
  readonly isLook: boolean;
}

/** What the record of a Job says after an observation. Pure. */
export function seenOf(job: Job, observation: Observation, now: Date): Seen {
  const same: Seen = {
    flinkWord: job.flinkWord,
    restarts: job.restarts,
    missing: job.missing,
    fingerprint: job.fingerprint,
    waitingFor: job.waitingFor,
    isLook: true,
  };
  switch (observation.kind) {
    case 'unreachable':
      return { ...same, flinkWord: 'UNKNOWN', isLook: false };
    case 'applicationRunning':
      return { ...same, missing: undefined, waitingFor: 'main() to submit its job' };
    case 'applicationEnded':
      return same;
    case 'notFound':
      return { ...same, missing: missingAfter(job, observation.fingerprint, now) };
    case 'found':
      return {
        flinkWord: observation.word,
        restarts: Math.max(job.restarts, observation.restarts ?? 0),
        missing: undefined,
        fingerprint: observation.fingerprint,
        waitingFor: job.state === 'STARTING' ? (observation.progress ?? 'all its tasks to run') : job.waitingFor,
        isLook: true,
      };
  }
}

/** Counts the first look-up that did not find the job, by one JobManager. While a submission is in doubt, "not found" says nothing. */
function missingAfter(job: Job, fingerprint: string, now: Date): Missing | undefined {
  const sameManager = fingerprint === job.fingerprint;
  if (sameManager && (isInDoubt(job, now) || (job.state === 'STARTING' && job.submission === 'inDoubt'))) return undefined;
  return job.missing?.fingerprint === fingerprint ? job.missing : { fingerprint, since: now };
}

/** True where what the API shows, or a guard depends on, differs from the row. */
export const isNews = (job: Job, seen: Seen): boolean =>
  job.flinkWord !== seen.flinkWord ||
  job.restarts !== seen.restarts ||
  job.missing?.fingerprint !== seen.missing?.fingerprint ||
  job.fingerprint !== seen.fingerprint;

/** The Job with what was seen in its record; `observedAt` is when the look began. */
export function withSeen(job: Job, { flinkWord, restarts, missing, fingerprint, waitingFor, isLook }: Seen, observedAt: Date): Job {
  const { flinkWord: oldWord, missing: oldMissing, fingerprint: oldFingerprint, waitingFor: oldWaiting, ...rest } = job;
  return {
    ...rest,
    restarts,
    observedAt: isLook ? observedAt : job.observedAt,
    ...(flinkWord === undefined ? {} : { flinkWord }),
    ...(missing === undefined ? {} : { missing }),
    ...(fingerprint === undefined ? {} : { fingerprint }),
    ...(waitingFor === undefined ? {} : { waitingFor }),
  };
}
