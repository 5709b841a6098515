import type { Job } from './job.ts';

export const COMMAND_KINDS = ['deployment', 'start', 'terminate', 'probe', 'sweep', 'repair'] as const;
export type CommandKind = (typeof COMMAND_KINDS)[number];

/** What a queue carries. `id`: of the Deployment, the Job, the target (probe) or the shard (sweep); never more. */
export interface Command {
  readonly kind: CommandKind;
  readonly id: string;
}

export interface Due {
  readonly command: Command;
  readonly at: Date;
}

/** What a Job needs done, and from when on; nothing for one that is only watched, or final. `repair` enqueues what is past. */
export function dueOf(job: Job): Due | undefined {
  switch (job.state) {
    case 'STARTING':
      return { command: { kind: 'start', id: job.id }, at: startDueAt(job) };
    case 'TERMINATING':
      return { command: { kind: 'terminate', id: job.id }, at: job.terminatingAt ?? job.modifiedAt };
    case 'STARTED':
    case 'TERMINATED':
    case 'FAILED':
    case 'FINISHED':
      return undefined;
  }
}

function startDueAt(job: Job): Date {
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
