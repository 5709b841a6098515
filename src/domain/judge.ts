import { isBoundToJobManager, isFinal, type FlinkWord, type JobFailure, type JobRecord } from './job.ts';
import type { JobEvent } from './job-machine.ts';
import type { Limits } from './limits.ts';
import type { Observation } from './observation.ts';

/** What an archive says of a job's end counts like the word of a JobManager. */
type Said = Pick<Extract<Observation, { kind: 'found' }>, 'word' | 'cause'> & { readonly tasksReady?: boolean };
type NotFound = Extract<Observation, { kind: 'notFound' }>;
type Verdict = JobEvent | undefined;

/**
 * What an observation means for a Job: the event to apply, or nothing. Pure; the table is in `docs/state-machine.md`.
 * Without an observation it decides what needs none: a Job that was never submitted.
 * The caller has dropped observations that are older than the row.
 */
export function judge(job: JobRecord, observation: Observation | undefined, now: Date, limits: Limits): Verdict {
  if (isFinal(job.state)) return undefined;
  if (job.submission === 'none') return neverSubmitted(job, now);
  // Its savepoint settles how it ends (`savepoint-judge.ts`).
  if (job.state === 'STARTED' && job.stopId !== undefined) return undefined;
  switch (observation?.kind) {
    case undefined:
    case 'unreachable':
      return undefined;
    case 'applicationRunning':
      return undefined;
    case 'applicationEnded':
      return applicationEnded(job, observation);
    case 'notFound':
      return isGone(job, observation, now, limits) ? gone(job, observation) : undefined;
    case 'found':
      return verdictOn[observation.word](job, observation);
  }
}

function neverSubmitted(job: JobRecord, now: Date): Verdict {
  if (job.state === 'TERMINATING') return endOfTermination(job);
  if (now < job.startDeadlineAt) return undefined;
  const cause = job.waitingFor ?? 'nothing was tried yet';
  return failed('StartDeadlineExceeded', `not started by its deadline, and never submitted: ${cause}`);
}

function applicationEnded(job: JobRecord, { status, cause }: Extract<Observation, { kind: 'applicationEnded' }>): Verdict {
  if (job.state === 'TERMINATING') return endOfTermination(job);
  if (job.state !== 'STARTING') return undefined;
  if (status === 'CANCELED') return failed('CancelledByOthers', 'its application was cancelled in Flink, not by Drey');
  return failed('SubmissionRefused', cause ?? 'main() returned without submitting a job');
}

/** True when only an archive can tell more of a job that is gone. */
export const isLost = (verdict: Verdict): boolean =>
  verdict?.type === 'observedFailed' && (verdict.failure.reason === 'JobManagerLost' || verdict.failure.reason === 'EndUnobserved');

/** Not found in two passes under one fingerprint, nothing in doubt; with high availability after a grace. */
function isGone(job: JobRecord, { fingerprint, highAvailability }: NotFound, now: Date, limits: Limits): boolean {
  if (mayStillComeTo(fingerprint, job, now)) return false;
  if (job.missing?.fingerprint !== fingerprint) return false;
  return !highAvailability || now.getTime() - job.missing.since.getTime() >= limits.recoveryGraceMs;
}

function gone(job: JobRecord, { fingerprint, archived }: NotFound): Verdict {
  if (archived !== undefined) return verdictOn[archived.word](job, archived);
  if (job.state === 'TERMINATING') return endOfTermination(job);
  if (fingerprint !== job.fingerprint) {
    return failed('JobManagerLost', 'the JobManager that ran it was replaced, and the new one does not know the job');
  }
  return job.state === 'STARTED'
    ? failed('EndUnobserved', 'the same JobManager no longer lists the job: it ended while nobody watched, and how is unknown')
    : failed('JobManagerLost', 'the JobManager accepted the job and no longer knows it');
}

/** One row a word of Flink's. RUNNING counts as ready by its tasks. */
const verdictOn: { readonly [W in FlinkWord]: (job: JobRecord, said: Said) => Verdict } = {
  INITIALIZING: seen,
  CREATED: seen,
  RUNNING: (job, { tasksReady }) => (job.state === 'STARTING' && tasksReady === true ? { type: 'observedReady' } : seen(job)),
  RESTARTING: seen,
  FAILING: seen,
  CANCELLING: seen,
  RECONCILING: seen,
  SUSPENDED: seen,
  FINISHED: (job) => (isStoppedByUs(job) ? { type: 'confirmedGone' } : { type: 'observedFinished' }),
  CANCELED: (job) =>
    job.state === 'TERMINATING' ? endOfTermination(job) : failed('CancelledByOthers', 'the job was cancelled in Flink, not by Drey'),
  FAILED: (_job, { cause }) => failed('JobFailed', cause ?? 'Flink reports the job FAILED and no cause'),
};

/** A stop with savepoint ends as FINISHED. */
const isStoppedByUs = ({ state, terminateMode, stopId }: JobRecord): boolean =>
  state === 'TERMINATING' && (terminateMode === 'stopped' || (terminateMode === 'cancel' && stopId !== undefined));

/** An id that was seen ends the doubt about its submission. */
function seen(job: JobRecord): Verdict {
  return job.submission === 'inDoubt' ? { type: 'submissionSettled' } : undefined;
}

/** How a TERMINATING Job ends once it is proven that nothing of it runs. */
export function endOfTermination(job: JobRecord): JobEvent {
  return job.terminateMode === 'fail'
    ? failed('StartDeadlineExceeded', 'it did not start by its deadline', job.failure)
    : { type: 'confirmedGone' };
}

/** True while a submission without an answer may still become a Flink job. */
export function isInDoubt(job: JobRecord, now: Date): boolean {
  return job.submission === 'inDoubt' && job.submissionOpenUntil !== undefined && now < job.submissionOpenUntil;
}

/** True while "not found" says nothing: this JobManager may still get the submission, or get it again. */
export function mayStillComeTo(fingerprint: string, job: JobRecord, now: Date): boolean {
  const isSame = fingerprint === job.fingerprint;
  if (isInDoubt(job, now)) return isSame || !isBoundToJobManager(job);
  // The submission was neither answered nor seen: its window is past and `start` may send the same id again.
  return isSame && job.state === 'STARTING' && job.submission === 'inDoubt';
}

function failed(reason: JobFailure['reason'], message: string, failure: JobFailure = { reason, message }): JobEvent {
  return { type: 'observedFailed', failure };
}
