import { DreyError } from './errors.ts';
import type { Evidence, Job, JobFailure, JobState, TerminateMode } from './job.ts';
import type { SqlSession, SqlTables } from './sql-session.ts';

/** Everything that can happen to a Job. */
export type JobEvent =
  | ({ readonly type: 'submissionBegan'; readonly fingerprint: string; readonly openUntil: Date } & Submitted)
  | { readonly type: 'submissionWithdrawn'; readonly cause: string }
  | { readonly type: 'submissionSettled' }
  /** The session of a SQL script was opened, or its script came further. */
  | { readonly type: 'scriptMoved'; readonly sql: SqlSession; readonly waitingFor: string }
  /** Nothing of that session is left at the gateway. */
  | { readonly type: 'sessionClosed'; readonly session: string }
  | { readonly type: 'observedReady' }
  | { readonly type: 'terminateWanted'; readonly mode: TerminateMode; readonly failure?: JobFailure }
  /** A savepoint is to be taken that stops it. */
  | { readonly type: 'stopBegan'; readonly savepointId: string }
  /** That savepoint did not stop it. */
  | { readonly type: 'stopEnded' }
  | { readonly type: 'observedFinished' }
  | { readonly type: 'observedFailed'; readonly failure: JobFailure }
  | { readonly type: 'confirmedGone' }
  /** Somebody who knows says that its cluster will never come back. */
  | { readonly type: 'abandoned' }
  /** What it left behind is recorded. */
  | { readonly type: 'released' }
  /** Its command always fails. */
  | { readonly type: 'setAside'; readonly reason: string };

/** What is submitted: the bytes of a jar, or a script by its session, with the tables that it reads and writes. */
export type Submitted = { readonly artifactSha256: string } | { readonly sql: SqlSession; readonly tables: SqlTables };

type EventOf<T extends JobEvent['type']> = Extract<JobEvent, { type: T }>;

interface Rule<E> {
  readonly from: readonly JobState[];
  /** `same`: the intent changes, the state does not. */
  readonly to: JobState | 'same';
  readonly apply: (job: Job, event: E, now: Date) => Partial<Job>;
}

/** A Job that Flink never had, or that its own savepoint stopped, leaves nothing behind that is not recorded; but its session has to be closed. */
const ended = (job: Job, _event: unknown, now: Date): Partial<Job> => ({
  terminatedAt: now,
  ...((job.submission === 'none' || job.terminateMode === 'stopped') && job.sql === undefined ? { releasedAt: now } : {}),
});

/** The life of a Job: each row an event, where it may happen, where it leads, and what it leaves in the record. */
export const transitions: { readonly [T in JobEvent['type']]: Rule<EventOf<T>> } = {
  submissionBegan: {
    from: ['STARTING'],
    to: 'same',
    apply: (job, { fingerprint, openUntil, ...submitted }) => ({
      submission: 'inDoubt',
      attempt: job.attempt + 1,
      fingerprint,
      submissionOpenUntil: openUntil,
      ...('tables' in submitted
        ? { sql: submitted.sql, tables: job.tables ?? submitted.tables }
        : { artifactSha256: submitted.artifactSha256 }),
      waitingFor: 'the answer to its submission',
    }),
  },
  // Nothing of this attempt reached Flink. An earlier attempt may have: its window is past, so that one stays in doubt and closed.
  submissionWithdrawn: {
    from: ['STARTING', 'TERMINATING'],
    to: 'same',
    apply: (job, { cause }, now) => ({
      submission: job.attempt > 1 ? 'inDoubt' : 'none',
      attempt: job.attempt - 1,
      submissionOpenUntil: now,
      waitingFor: cause,
    }),
  },
  submissionSettled: {
    from: ['STARTING', 'TERMINATING'],
    to: 'same',
    apply: () => ({ submission: 'settled', waitingFor: 'all its tasks to run' }),
  },
  scriptMoved: { from: ['STARTING'], to: 'same', apply: (_job, { sql, waitingFor }) => ({ sql, waitingFor }) },
  // What is left out of a Job is taken away below.
  sessionClosed: { from: ['STARTING', 'STARTED', 'TERMINATING'], to: 'same', apply: () => ({}) },
  observedReady: {
    from: ['STARTING'],
    to: 'STARTED',
    apply: (_job, _event, now) => ({ submission: 'settled', startedAt: now }),
  },
  terminateWanted: {
    from: ['STARTING', 'STARTED'],
    to: 'TERMINATING',
    apply: (_job, { mode, failure }, now) => ({
      terminateMode: mode,
      terminatingAt: now,
      ...(failure === undefined ? {} : { failure }),
    }),
  },
  stopBegan: { from: ['STARTED'], to: 'same', apply: (_job, { savepointId }) => ({ stopId: savepointId }) },
  stopEnded: { from: ['STARTED'], to: 'same', apply: () => ({}) },
  // A job that came to its end keeps no checkpoint.
  observedFinished: {
    from: ['STARTING', 'STARTED', 'TERMINATING'],
    to: 'FINISHED',
    apply: (job, _event, now) => ({ terminatedAt: now, ...(job.sql === undefined ? { releasedAt: now } : {}) }),
  },
  observedFailed: {
    from: ['STARTING', 'STARTED', 'TERMINATING'],
    to: 'FAILED',
    apply: (job, event, now) => ({ failure: event.failure, ...ended(job, event, now) }),
  },
  confirmedGone: { from: ['TERMINATING'], to: 'TERMINATED', apply: ended },
  abandoned: {
    from: ['STARTING', 'STARTED', 'TERMINATING'],
    to: 'TERMINATED',
    apply: (_job, _event, now) => ({ terminateMode: 'cancel', terminatedAt: now, releasedAt: now }),
  },
  released: { from: ['TERMINATED', 'FAILED', 'FINISHED'], to: 'same', apply: (_job, _event, now) => ({ releasedAt: now }) },
  setAside: {
    from: ['STARTING', 'STARTED', 'TERMINATING', 'TERMINATED', 'FAILED', 'FINISHED'],
    to: 'same',
    apply: (_job, { reason }, now) => ({ setAside: { at: now, reason }, waitingFor: `another try: ${reason}` }),
  },
};

/**
 * The Job after the event, with what was seen (`evidence`). The version is not raised here: the store does that when it writes.
 * Throws `illegalTransition` where the table has no such row.
 */
export function transition(job: Job, event: JobEvent, now: Date, evidence?: Evidence): Job {
  const rule = transitions[event.type] as Rule<JobEvent>;
  if (!rule.from.includes(job.state)) {
    throw new DreyError('illegalTransition', `Job ${job.id} is ${job.state}; ${event.type} is only possible in ${rule.from.join(', ')}`);
  }
  const state = rule.to === 'same' ? job.state : rule.to;
  // Whatever happens to a Job that was set aside, its command is tried again. A stop stays known, unless it ended without stopping anything.
  const { setAside, stopId, sql, ...rest } = job;
  return {
    ...rest,
    ...(stopId === undefined || event.type === 'stopEnded' ? {} : { stopId }),
    ...(sql === undefined || isClosedBy(event, sql) ? {} : { sql }),
    ...rule.apply(job, event, now),
    ...(evidence === undefined ? {} : { evidence }),
    state,
    transitionAt: state === job.state ? job.transitionAt : now,
  };
}

/** A session that a released or abandoned Job could not close ends by the gateway's own idle timeout. */
const isClosedBy = (event: JobEvent, { session }: SqlSession): boolean =>
  event.type === 'released' || event.type === 'abandoned' || (event.type === 'sessionClosed' && event.session === session);
