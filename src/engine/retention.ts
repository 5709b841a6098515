import { limitsEvents, limitsJobs, type ExpiredEvents, type ExpiredJob, type RetentionLimits } from '../domain/retention.ts';
import type { EngineParts } from './commit.ts';

interface RetentionPlan {
  readonly limits: RetentionLimits;
  readonly jobs: readonly ExpiredJob[];
  readonly events: readonly ExpiredEvents[];
}

export interface RetentionOperations {
  /** What a run would delete now, by the limits that hold for all daemons. */
  plan(): Promise<RetentionPlan>;
  /** Deletes final Jobs beyond their limit, longest ended first. Resolves with them. */
  cleanJobs(): Promise<ExpiredJob[]>;
  /** Deletes events beyond their limit. Resolves with how many. */
  cleanEvents(): Promise<number>;
  /** Removes what belongs to a deleted Deployment, and it. */
  purge(deploymentId: string): Promise<void>;
  /** Forgets Flink ids, Idempotency-Keys and deletions whose time is over. */
  forgetIds(): Promise<void>;
}

/** Rows a statement. */
const BATCH = 500;
/** Jobs, or Deployments with events, a run: the rest waits for the next. */
const BUDGET = 10_000;

export function retentionOperations({ store, listener }: EngineParts): RetentionOperations {
  const expiredJobs = async (limits: RetentionLimits): Promise<ExpiredJob[]> =>
    limitsJobs(limits) ? store.expiredJobs(limits, BUDGET) : [];
  const expiredEvents = async (limits: RetentionLimits): Promise<ExpiredEvents[]> =>
    limitsEvents(limits) ? store.expiredEvents(limits, BUDGET) : [];

  return {
    async plan() {
      const { retention: limits } = await store.regime();
      return { limits, jobs: await expiredJobs(limits), events: await expiredEvents(limits) };
    },

    async cleanJobs() {
      const { retention: limits } = await store.regime();
      const jobs = await expiredJobs(limits);
      for (let from = 0; from < jobs.length; from += BATCH) {
        const ids = jobs.slice(from, from + BATCH).map(({ id }) => id);
        listener.deleted('jobs', await store.deleteJobs(ids, limits.rememberIdsMs));
      }
      listener.cleaned('jobs', jobs.length < BUDGET ? 0 : (await expiredJobs(limits)).length);
      return jobs;
    },

    async cleanEvents() {
      const { retention: limits } = await store.regime();
      const expired = await expiredEvents(limits);
      let total = 0;
      for (const { deploymentId, upTo } of expired) {
        for (;;) {
          const count = await store.deleteEvents(deploymentId, upTo, BATCH);
          total += count;
          if (count > 0) listener.deleted('events', count);
          if (count < BATCH) break;
        }
      }
      listener.cleaned('events', expired.length < BUDGET ? 0 : (await expiredEvents(limits)).length);
      return total;
    },

    async purge(deploymentId) {
      if ((await store.deploymentVersion(deploymentId)) === undefined) return;
      const { retention } = await store.regime();
      while (await store.purgeDeployment(deploymentId, BATCH, retention.rememberIdsMs));
      listener.deleted('deployments', 1);
    },

    async forgetIds() {
      while ((await store.forgetKeys(BATCH)) === BATCH);
      while ((await store.forgetDeletions(BATCH)) === BATCH);
      for (;;) {
        const count = await store.forgetFlinkIds(BATCH);
        if (count > 0) listener.deleted('ids', count);
        if (count < BATCH) return;
      }
    },
  };
}
