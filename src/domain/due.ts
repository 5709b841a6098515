import type { Deployment } from './deployment.ts';
import { isUnreleased, type JobRecord } from './job.ts';
import type { Savepoint } from './savepoint.ts';

export const COMMAND_KINDS = ['deployment', 'start', 'savepoint', 'terminate', 'probe', 'sweep', 'cleanup', 'repair'] as const;
export type CommandKind = (typeof COMMAND_KINDS)[number];

/**
 * What a queue carries; never more than an id: of the Deployment, the Job, the Savepoint, the target (probe), the shard (sweep: `3/64`), or what is cleaned up
 * (`jobs`, `events`, `ids`, or a deleted Deployment).
 */
export interface Command {
  readonly kind: CommandKind;
  readonly id: string;
}

export interface Due {
  readonly command: Command;
  readonly at: Date;
}

/** A command that always failed is left alone for this long. */
export const SET_ASIDE_MS = 10 * 60_000;

/** What a Deployment needs done: its timer, or the removal of what was deleted. */
export function dueOfDeployment({ id, dueAt, deletedAt }: Deployment): Due | undefined {
  if (deletedAt !== undefined) return { command: { kind: 'cleanup', id }, at: deletedAt };
  return dueAt === undefined ? undefined : { command: { kind: 'deployment', id }, at: dueAt };
}

/** What a Savepoint needs done: it is to be taken, or its files deleted. */
export function dueOfSavepoint({ id, state, createdAt, deletedAt }: Savepoint): Due | undefined {
  if (deletedAt !== undefined) return { command: { kind: 'savepoint', id }, at: deletedAt };
  return state === 'STARTED' ? { command: { kind: 'savepoint', id }, at: createdAt } : undefined;
}

/** What a Job needs done, and from when on; nothing for one that is only watched, or final and released. `repair` enqueues what is past. */
export function dueOf(job: JobRecord): Due | undefined {
  const asideUntil = job.setAside === undefined ? undefined : new Date(job.setAside.at.getTime() + SET_ASIDE_MS);
  switch (job.state) {
    case 'STARTING':
      return { command: { kind: 'start', id: job.id }, at: asideUntil ?? startDueAt(job) };
    case 'TERMINATING':
      return { command: { kind: 'terminate', id: job.id }, at: asideUntil ?? job.terminatingAt ?? job.modifiedAt };
    case 'STARTED':
      // The session of its script is still to be closed.
      return job.sql === undefined ? undefined : { command: { kind: 'start', id: job.id }, at: asideUntil ?? job.transitionAt };
    case 'TERMINATED':
    case 'FAILED':
    case 'FINISHED':
      return isUnreleased(job)
        ? { command: { kind: 'terminate', id: job.id }, at: asideUntil ?? job.terminatedAt ?? job.modifiedAt }
        : undefined;
  }
}

function startDueAt(job: JobRecord): Date {
  // A script is never left waiting: it goes on, or its session is to be closed.
  if (job.sql !== undefined) return job.createdAt;
  switch (job.submission) {
    case 'none':
      return job.createdAt;
    case 'inDoubt':
      return earlier(job.submissionOpenUntil ?? job.startDeadlineAt, job.startDeadlineAt);
    case 'settled':
      return job.startDeadlineAt;
  }
}

const earlier = (a: Date, b: Date): Date => (a < b ? a : b);
