import type { JobRecord } from './job.ts';
import { RESTART_CONDITIONS, turnOf, type RestartCondition } from './restarts.ts';

export const CONDITIONS = ['ClusterUnreachable', 'JobFailing', 'JobUnstable'] as const;

/** What is remarkable about a running Deployment (VVP 2.x's `status.running.conditions`). */
export interface Condition {
  readonly type: (typeof CONDITIONS)[number];
  readonly isTrue: boolean;
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionAt: Date;
  /** When Flink last answered about the Job. */
  readonly lastUpdateAt: Date;
}

/** All of them, True or False. Pure. */
export const conditionsOf = (job: JobRecord, now: Date): Condition[] => [
  reach(job),
  restarts(job, 'JobFailing', now),
  restarts(job, 'JobUnstable', now),
];

/** Unknown is no verdict: the Job's state stays, and this says so. */
const reach = ({ unreachable, reachChangedAt, observedAt }: JobRecord): Condition => ({
  type: 'ClusterUnreachable',
  isTrue: unreachable !== undefined,
  reason: unreachable === undefined ? 'ClusterAnswers' : 'ClusterDoesNotAnswer',
  message: unreachable ?? 'Flink answers',
  lastTransitionAt: reachChangedAt,
  lastUpdateAt: observedAt,
});

/** Three restarts or more within its time. */
function restarts({ restartHistory, startedAt, createdAt, observedAt }: JobRecord, type: RestartCondition, now: Date): Condition {
  const { isTrue, since, count } = turnOf(restartHistory, type, now);
  const minutes = RESTART_CONDITIONS[type] / 60_000;
  return {
    type,
    isTrue,
    reason: isTrue ? 'TooManyRestarts' : 'FewRestarts',
    message: `${count} ${count === 1 ? 'restart' : 'restarts'} seen in the last ${minutes} minutes`,
    lastTransitionAt: since ?? startedAt ?? createdAt,
    lastUpdateAt: observedAt,
  };
}
