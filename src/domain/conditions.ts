import type { JobRecord } from './job.ts';

/** What is remarkable about a running Deployment (VVP 2.x's `status.running.conditions`). */
export interface Condition {
  readonly type: 'ClusterUnreachable';
  readonly isTrue: boolean;
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionAt: Date;
  /** When Flink last answered about the Job. */
  readonly lastUpdateAt: Date;
}

/** Unknown is no verdict: the Job's state stays, and this says so. */
export const conditionsOf = (job: JobRecord): Condition[] => [
  {
    type: 'ClusterUnreachable',
    isTrue: job.unreachable !== undefined,
    reason: job.unreachable === undefined ? 'ClusterAnswers' : 'ClusterDoesNotAnswer',
    message: job.unreachable ?? 'Flink answers',
    lastTransitionAt: job.reachChangedAt,
    lastUpdateAt: job.observedAt,
  },
];
