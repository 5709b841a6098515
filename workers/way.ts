import { dueOf } from '../src/domain/due.ts';
import type { Job } from '../src/domain/job.ts';
import type { JobNow } from '../src/ports/store.ts';
import type { Cluster } from '../src/ports/targets.ts';
import type { Outcome } from './outcome.ts';

/** How one kind of artifact is brought to a cluster. */
export interface Way {
  /** Does all that sends nothing yet. An outcome: it goes on later, or is over. */
  prepare(row: JobNow): Promise<Outcome | Ready>;
  /** What is known, besides what the cluster says, of a submission without an answer; undefined: nothing. */
  ask(row: JobNow, cluster: Cluster): Promise<Outcome | undefined>;
}

export interface Ready {
  readonly kind: 'ready';
  /** Commits the intent, sends, and records the answer. Called when the id was looked up and not found. */
  readonly submit: (job: Job, cluster: Cluster) => Promise<Outcome>;
}

/** Has the cluster of a Job looked at soon. */
export type Look = (job: Job, then: Outcome) => Promise<Outcome>;

export const AGAIN_MS = 1000;

/** Until the window of its submission is past, or its deadline. */
export const untilDueMs = (job: Job, now: Date): number => (dueOf(job)?.at.getTime() ?? 0) - now.getTime();
