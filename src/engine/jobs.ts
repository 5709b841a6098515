import { DreyError } from '../domain/errors.ts';
import { evidenceOf } from '../domain/evidence.ts';
import { isFinal, type Evidence, type Job, type JobFailure, type JobRecord } from '../domain/job.ts';
import type { JobEvent } from '../domain/job-machine.ts';
import { endOfTermination, judge } from '../domain/judge.ts';
import type { Observation } from '../domain/observation.ts';
import { seenOf, withSeen } from '../domain/sighting.ts';
import type { SubmitAnswer } from '../ports/targets.ts';
import type { Commit, EngineParts } from './commit.ts';
import { applyToJob } from './draft.ts';

export interface JobOperations {
  /**
   * Writes the intent to submit, and the Flink id, before anything is sent. Resolves with the Job as written, or undefined when the
   * row moved since it was read: then nothing may be sent.
   */
  beginSubmission(job: Job, fingerprint: string, artifactSha256: string): Promise<Job | undefined>;
  /** Writes what came of the submission that `job` began, also to a row that has become TERMINATING. Resolves with the Job where that changed it. */
  recordAnswer(job: Job, answer: SubmitAnswer): Promise<Job | undefined>;
  /** A Job that cannot be submitted at all. Ignored unless it is STARTING and nothing was ever sent. */
  refuse(job: Job, failure: JobFailure): Promise<void>;
  /** Judges an observation of the row as it was read; void when the row moved, was observed by a later look, or the look began too long ago. */
  observe(job: JobRecord, observation: Observation, ageMs: () => number): Promise<void>;
  /** What needs no observation: never submitted and overdue or unwanted; overdue though submitted, which leads to TERMINATING. */
  decideByDeadline(job: Job): Promise<void>;
  /** Ends a Job whose cluster will never come back, by the word of a user. Throws `conflict` when it is final already. */
  abandon(job: Job, reason: string): Promise<Job>;
  /** A Job whose command always fails: left alone for a while, so that it costs the others nothing. */
  setAside(job: Job, reason: string): Promise<void>;
}

export function jobOperations({ limits }: EngineParts, commit: Commit): JobOperations {
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
    beginSubmission: (job, fingerprint, artifactSha256) =>
      move(job, (row, now) => {
        if (row.version !== job.version || row.state !== 'STARTING') return undefined;
        const openUntil = new Date(now.getTime() + limits.submissionWindowMs);
        return { type: 'submissionBegan', fingerprint, openUntil, artifactSha256 };
      }),

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

    async abandon(job, reason) {
      const abandoned = await move(
        job,
        () => ({ type: 'abandoned' }),
        (_row, at) => ({ answer: `abandoned by a user: ${reason}`, at }),
      );
      if (abandoned === undefined) throw new DreyError('conflict', `Job ${job.id} has ended; there is nothing to abandon`);
      return abandoned;
    },

    async setAside(job, reason) {
      await move(job, (row) => (row.state === 'STARTING' || row.state === 'TERMINATING' ? { type: 'setAside', reason } : undefined));
    },
  };
}

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
