import { isFinal, type JobRecord } from './job.ts';
import type { JobEvent } from './job-machine.ts';
import { judge } from './judge.ts';
import type { Limits } from './limits.ts';
import type { Observation } from './observation.ts';
import type { Savepoint, SavepointFailure } from './savepoint.ts';
import type { SavepointEvent } from './savepoint-machine.ts';
import type { SavepointOperation, StoredState } from './savepoint-sight.ts';

/** What one look shows of a Savepoint and of its Job. */
export interface SavepointSight {
  /** Absent as long as Flink was never asked for it. */
  readonly operation?: SavepointOperation;
  /** What its directory holds; looked up where the operation does not name a location. */
  readonly stored?: StoredState;
  /** Of its Job, and how long ago that look began, when asked; absent for a final one. */
  readonly observation?: Observation;
  readonly ageMs?: () => number;
}

/** What is to be done about a Savepoint. `job`: what happens to its Job in the same transaction. */
export type SavepointVerdict =
  | { readonly kind: 'wait' }
  /** Ask Flink for it, again if need be: one trigger id is one operation. */
  | { readonly kind: 'ask' }
  | { readonly kind: 'settle'; readonly event: SavepointEvent; readonly job: readonly JobEvent[] };

const WAIT: SavepointVerdict = { kind: 'wait' };
const ASK: SavepointVerdict = { kind: 'ask' };

/**
 * What a look means for a Savepoint that is STARTED, and for its Job, which judge leaves alone while its stop is open: a stop ends as FINISHED,
 * often before its operation says so. Pure; the table is in `docs/state-machine.md`.
 */
export function judgeSavepoint(savepoint: Savepoint, job: JobRecord, sight: SavepointSight, now: Date, limits: Limits): SavepointVerdict {
  if (sight.operation === undefined) return beforeAsking(savepoint, job, sight, now, limits);
  const { operation } = sight;
  if (operation.kind === 'inProgress') return WAIT;
  return stops(savepoint, job) ? ofStop(operation, job, sight, now, limits) : ofOther(savepoint, operation, job, sight);
}

const stops = (savepoint: Savepoint, job: JobRecord): boolean => job.state === 'STARTED' && job.stopId === savepoint.id;

const completed = (location: string, ...job: readonly JobEvent[]): SavepointVerdict => ({
  kind: 'settle',
  event: { type: 'completed', location },
  job,
});

const failed = (reason: SavepointFailure['reason'], message: string, ...job: readonly JobEvent[]): SavepointVerdict => ({
  kind: 'settle',
  event: { type: 'failed', failure: { reason, message } },
  job,
});

const RUNS_ON: JobEvent = { type: 'stopEnded' };
const STOPPED: JobEvent = { type: 'terminateWanted', mode: 'stopped' };

/** Flink refuses a savepoint of a job that restarts or waits for slots: so it is waited for, but not without a limit. */
function beforeAsking(savepoint: Savepoint, job: JobRecord, { observation }: SavepointSight, now: Date, limits: Limits): SavepointVerdict {
  const isOfStop = stops(savepoint, job);
  if (job.state !== 'STARTED') return failed('JobEnded', `its Job is ${job.state}, and Flink was not asked yet`);
  const verdict = judge(withoutStop(job), observation, now, limits);
  // It ended by itself. A Savepoint that is no stop is settled when the row says so.
  if (verdict !== undefined) return isOfStop ? failed('JobEnded', 'its Job ended before Flink was asked', verdict) : WAIT;
  if (observation?.kind === 'found' && observation.word === 'RUNNING' && observation.tasksReady) return ASK;
  if (now.getTime() - savepoint.createdAt.getTime() < limits.savepointReadyMs) return WAIT;
  const message = `Flink was not asked, for not all tasks of the job ran in time: ${waitsFor(observation)}`;
  return failed('JobNotReady', message, ...(isOfStop ? [RUNS_ON] : []));
}

function waitsFor(observation: Observation | undefined): string {
  if (observation?.kind === 'unreachable') return observation.message;
  return observation?.kind === 'found'
    ? `it is ${observation.word}, ${observation.progress ?? 'its tasks do not run'}`
    : 'it was not found';
}

type Told = Exclude<SavepointOperation, { kind: 'inProgress' }>;

function ofStop(operation: Told, job: JobRecord, { stored, observation }: SavepointSight, now: Date, limits: Limits): SavepointVerdict {
  const end = judge(withoutStop(job), observation, now, limits);
  const runs = end === undefined && observation?.kind === 'found';
  if (operation.kind === 'completed' && !operation.jobFailed) return completed(operation.location, ...afterStop(end));
  if (runs) {
    if (operation.kind === 'failed') return failed('SavepointFailed', operation.message, RUNS_ON);
    // Whole, but its JobManager was lost before the job ended, and another brought the job back: it has gone on since.
    if (operation.kind === 'unknown') return stored?.kind === 'found' ? completed(stored.location, RUNS_ON) : ASK;
  }
  if (end === undefined) return WAIT;
  const location = operation.kind === 'completed' ? operation.location : stored?.kind === 'found' ? stored.location : undefined;
  if (location !== undefined) return completed(location, ...afterStop(end));
  if (stored?.kind === 'unknown') return failed('OutcomeUnknown', `its Job ended, and what became of it is unknown: ${stored.why}`, end);
  return failed('JobEnded', operation.kind === 'failed' ? operation.message : 'its Job ended, and its directory holds no savepoint', end);
}

/** What becomes of a Job whose stop has its savepoint: it is stopped, unless Flink tells another end than that. */
function afterStop(end: JobEvent | undefined): JobEvent[] {
  if (end === undefined) return [STOPPED];
  const isOtherEnd = end.type === 'observedFailed' && (end.failure.reason === 'JobFailed' || end.failure.reason === 'CancelledByOthers');
  return isOtherEnd ? [end] : [STOPPED, { type: 'confirmedGone' }];
}

/** One that stops nothing, or whose Job is being cancelled or has ended: it is recorded, no more. */
function ofOther(savepoint: Savepoint, operation: Told, job: JobRecord, { stored }: SavepointSight): SavepointVerdict {
  if (operation.kind === 'completed') return completed(operation.location);
  if (stored?.kind === 'found') return completed(stored.location);
  if (operation.kind === 'failed') return failed('SavepointFailed', operation.message);
  // It may be whole and forgotten: asked again, Flink would take a second one.
  if (stored?.kind === 'unknown' && job.state !== 'TERMINATING')
    return failed('OutcomeUnknown', `Flink does not know it any more, and what became of it is unknown: ${stored.why}`);
  if (job.state === 'STARTED') return ASK;
  if (!isFinal(job.state)) return WAIT;
  return failed('JobEnded', `its Job is ${job.state}, and ${savepoint.directory ?? 'its directory'} holds no savepoint`);
}

function withoutStop(job: JobRecord): JobRecord {
  const { stopId, ...rest } = job;
  return rest;
}
