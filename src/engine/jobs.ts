import { DreyError } from '../domain/errors.ts';
import { evidenceOf } from '../domain/evidence.ts';
import { heldJob, isFinal, type Evidence, type Job, type JobFailure, type JobRecord } from '../domain/job.ts';
import type { JobEvent, Submitted } from '../domain/job-machine.ts';
import { endOfTermination, judge } from '../domain/judge.ts';
import type { Observation } from '../domain/observation.ts';
import { forgetState } from '../domain/outcome.ts';
import type { StoredState } from '../domain/savepoint-sight.ts';
import type { Savepoint } from '../domain/savepoint.ts';
import type { SqlSession } from '../domain/sql-session.ts';
import { seenOf, withSeen } from '../domain/sighting.ts';
import type { SubmitAnswer } from '../ports/submit-answer.ts';
import type { Commit, EngineParts } from './commit.ts';
import { addSavepoint, applyToJob, applyToSavepoint, type Draft } from './draft.ts';
import { canonicalHash } from './hash.ts';
import { newSavepoint } from './new-savepoint.ts';

export interface JobOperations {
  /**
   * Writes the intent to submit, and the Flink id, before anything is sent. Resolves with the Job as written, or undefined when the
   * row moved since it was read: then nothing may be sent.
   */
  beginSubmission(job: Job, fingerprint: string, submitted: Submitted): Promise<Job | undefined>;
  /** Writes how far the script of a STARTING Job has come. Resolves with the Job as written, or undefined when it had come elsewhere since it was read. */
  recordScript(job: Job, sql: SqlSession, waitingFor: string): Promise<Job | undefined>;
  /** Writes that the session of a Job's script is closed. Resolves with the Job where that changed it. */
  recordClosed(job: Job): Promise<Job | undefined>;
  /** Writes what came of the submission that `job` began, also to a row that has become TERMINATING. Resolves with the Job where that changed it. */
  recordAnswer(job: Job, answer: SubmitAnswer): Promise<Job | undefined>;
  /** A Job that cannot be submitted at all. Ignored unless it is STARTING and nothing was ever sent. */
  refuse(job: Job, failure: JobFailure): Promise<void>;
  /** Judges an observation of the row as it was read; void when the row moved, was observed by a later look, or the look began too long ago. */
  observe(job: JobRecord, observation: Observation, ageMs: () => number): Promise<void>;
  /** What needs no observation: never submitted and overdue or unwanted; overdue though submitted, which leads to TERMINATING. */
  decideByDeadline(job: Job): Promise<void>;
  /** Records the state that an ended Job left behind, and that nothing of it is left to do. */
  release(job: Job, left: StoredState): Promise<void>;
  /** Ends a Job whose cluster will never come back, by the word of a user; its open Savepoints fail. Throws `conflict` when nothing is left to end. */
  abandon(job: Job, reason: string): Promise<Job>;
  /** A Job whose command always fails: left alone for a while, so that it costs the others nothing. */
  setAside(job: Job, reason: string): Promise<void>;
}

export function jobOperations({ limits, newId }: EngineParts, commit: Commit): JobOperations {
  /** Applies the event that `decide` finds for the Job's row as it is now. Resolves with the Job as written. */
  const move = async (
    job: JobRecord,
    decide: (row: Job, now: Date) => JobEvent | undefined,
    evidence?: (row: Job, now: Date) => Evidence,
    recorded: (row: Job, now: Date) => Job = (row) => row,
  ): Promise<Job | undefined> => {
    const change = await commit(job.deploymentId, (draft) => {
      if (draft.job?.id !== job.id) return false;
      const event = decide(draft.job, draft.now);
      if (event === undefined) return false;
      applyToJob(draft, recorded(draft.job, draft.now), event, evidence?.(draft.job, draft.now));
      return true;
    });
    return change?.jobs.find(({ id }) => id === job.id);
  };

  return {
    beginSubmission: (job, fingerprint, submitted) =>
      move(job, (row, now) => {
        if (row.version !== job.version || row.state !== 'STARTING') return undefined;
        const openUntil = new Date(now.getTime() + limits.submissionWindowMs);
        return { type: 'submissionBegan', fingerprint, openUntil, ...submitted };
      }),

    recordScript: (job, sql, waitingFor) =>
      move(job, (row) => {
        // The probe may have moved the row meanwhile; what may not have moved is the script.
        const isSame = row.attempt === job.attempt && canonicalHash(row.sql ?? null) === canonicalHash(job.sql ?? null);
        return isSame && row.state === 'STARTING' ? { type: 'scriptMoved', sql, waitingFor } : undefined;
      }),

    recordClosed: (job) =>
      move(job, (row) =>
        row.sql !== undefined && row.sql.session === job.sql?.session ? { type: 'sessionClosed', session: row.sql.session } : undefined,
      ),

    recordAnswer: (job, answer) =>
      move(
        job,
        (row) => (row.attempt === job.attempt ? eventOfAnswer(row, answer) : undefined),
        answer.kind === 'refused'
          ? (_row, at) => ({ ...(answer.endpoint === undefined ? {} : { endpoint: answer.endpoint }), answer: answer.message, at })
          : undefined,
      ),

    async refuse(job, failure) {
      await move(
        job,
        (row) => (row.state === 'STARTING' && row.submission === 'none' ? { type: 'observedFailed', failure } : undefined),
        (_row, at) => ({ answer: `never submitted: ${failure.message}`, at }),
      );
    },

    async observe(job, observation, ageMs) {
      let age = 0;
      const began = (now: Date): Date => new Date(now.getTime() - age);
      await move(
        job,
        (row, now) => {
          // Measured here, where the locks are had: waiting for them made it older.
          age = ageMs();
          if (row.version !== job.version || began(now) <= row.observedAt || age > limits.observationMaxAgeMs) return undefined;
          return judge(row, observation, now, limits);
        },
        (_row, now) => evidenceOf(observation, began(now)),
        (row, now) => withSeen(row, seenOf(row, observation, now), began(now)),
      );
    },

    async decideByDeadline(job) {
      await move(
        job,
        (row, now) => {
          if (row.submission === 'none') return judge(row, undefined, now, limits);
          return row.state === 'STARTING' && now >= row.startDeadlineAt ? overdue(row) : undefined;
        },
        (row, at) => ({ answer: row.submission === 'none' ? 'nothing was ever submitted' : 'its deadline is past', at }),
      );
    },

    async release(job, left) {
      await commit(job.deploymentId, (draft) => {
        const row = draft.unreleased.find(({ id }) => id === job.id);
        if (row === undefined) return false;
        applyToJob(draft, row, { type: 'released' });
        if (left.kind === 'none' || draft.deployment.deletedAt !== undefined) return true;
        const stop = draft.savepoints.find(({ id, state }) => id === row.stopId && state === 'COMPLETED');
        recordState(draft, leftBehind(row, left, stop, newId(), draft.now));
        return true;
      });
    },

    async abandon(job, reason) {
      const change = await commit(job.deploymentId, (draft) => {
        const row = heldJob(draft, job.id);
        const open = draft.savepoints.filter(({ jobId, state }) => jobId === job.id && state === 'STARTED');
        if (row === undefined && open.length === 0) return false;
        const evidence = { answer: `abandoned by a user: ${reason}`, at: draft.now };
        const message = 'its Job was abandoned, and what became of it is unknown';
        for (const savepoint of open) {
          applyToSavepoint(draft, savepoint, { type: 'failed', failure: { reason: 'OutcomeUnknown', message } }, evidence);
        }
        if (row === undefined) return true;
        applyToJob(draft, row, isFinal(row.state) ? { type: 'released' } : { type: 'abandoned' }, evidence);
        if (row.startedAt === undefined) return true;
        // Nobody looks any more for what it left behind.
        const where = row.checkpoints?.lastPath === undefined ? '' : `; the last checkpoint that was seen is ${row.checkpoints.lastPath}`;
        recordState(draft, leftBehind(row, { kind: 'unknown', why: `its Job was abandoned${where}` }, undefined, newId(), draft.now));
        return true;
      });
      if (change === undefined) throw new DreyError('conflict', `Job ${job.id} has ended; there is nothing to abandon`);
      return change.jobs.find(({ id }) => id === job.id) ?? job;
    },

    async setAside(job, reason) {
      await commit(job.deploymentId, (draft) => {
        const row = heldJob(draft, job.id);
        // A STARTED Job has a command only while the session of its script is to be closed.
        if (row === undefined || (row.state === 'STARTED' && row.sql === undefined)) return false;
        applyToJob(draft, row, { type: 'setAside', reason });
        return true;
      });
    },
  };
}

/** Adds what an ended Job left behind. Where that is unknown, no next Job may start from older state; one that runs already has its own. */
function recordState(draft: Draft, savepoint: Savepoint): void {
  addSavepoint(draft, savepoint);
  if (savepoint.state === 'FAILED' && draft.job === undefined) draft.deployment = forgetState(draft.deployment, savepoint);
}

/** The record of a checkpoint that a Job left behind. It is older than the savepoint of the Job's `stop`: from then on Flink takes none. */
const leftBehind = (
  job: Job,
  left: Exclude<StoredState, { kind: 'none' }>,
  stop: Savepoint | undefined,
  id: string,
  now: Date,
): Savepoint => ({
  ...newSavepoint(job, 'RETAINED_CHECKPOINT', id, now),
  endedAt: now,
  ...(left.kind === 'found'
    ? {
        state: 'COMPLETED',
        location: left.location,
        stateAt: stop?.triggeredAt ?? job.terminatedAt ?? now,
        ...(job.checkpointAt === undefined ? {} : { takenAt: job.checkpointAt }),
      }
    : { state: 'FAILED', failure: { reason: 'OutcomeUnknown', message: left.why } }),
});

function eventOfAnswer(row: Job, answer: SubmitAnswer): JobEvent | undefined {
  // STARTED, or final, or settled: the id was seen meanwhile, and what was seen counts.
  if (isFinal(row.state) || row.submission !== 'inDoubt') return undefined;
  switch (answer.kind) {
    case 'accepted':
    case 'duplicate':
      return { type: 'submissionSettled' };
    case 'notSubmitted':
      return { type: 'submissionWithdrawn', cause: answer.message };
    case 'refused':
      return row.state === 'TERMINATING'
        ? endOfTermination(row)
        : { type: 'observedFailed', failure: { reason: 'SubmissionRefused', message: answer.message } };
    case 'pending':
    case 'inDoubt':
      return undefined;
  }
}

function overdue(row: Job): JobEvent {
  const message = `submitted, and not running with all its tasks by its deadline: it waits for ${row.waitingFor ?? 'Flink'}`;
  return { type: 'terminateWanted', mode: 'fail', failure: { reason: 'StartDeadlineExceeded', message } };
}
