import { SET_ASIDE_MS } from '../domain/due.ts';
import { isDreyError } from '../domain/errors.ts';
import type { FlinkId } from '../domain/flink-id.ts';
import { flinkJobId } from '../domain/job.ts';
import { narrateStray } from '../domain/narration.ts';
import type { Commit, EngineParts } from './commit.ts';

export interface StrayOperations {
  /**
   * Records a Flink job that was seen alive although its Job had ended before the look began, and has it cancelled. An event tells of it
   * while the Deployment exists. Once for each time that it comes back.
   */
  found(stray: FlinkId, ageMs: () => number): Promise<void>;
  /** They were looked up and do not live any more; void for those that were found after the look began. */
  over(strays: readonly FlinkId[], ageMs: number): Promise<void>;
  /** One whose command always fails is left alone for a while. */
  setAside(jobId: string): Promise<void>;
}

export function strayOperations({ store, queue, listener, log }: EngineParts, commit: Commit): StrayOperations {
  const record = async (stray: FlinkId, endedAt: Date, ageMs: () => number): Promise<boolean> => {
    try {
      const change = await commit(stray.deploymentId, ({ deployment, now, events, strays }) => {
        if (endedAt.getTime() >= now.getTime() - ageMs()) return false;
        strays.push(stray.flinkId);
        if (deployment.deletedAt === undefined) events.push(narrateStray(stray));
        return true;
      });
      return change !== undefined;
    } catch (error) {
      // Another daemon has just recorded it.
      if (isDreyError(error, 'conflict')) return false;
      if (!isDreyError(error, 'notFound')) throw error;
      return store.markStray(stray.flinkId);
    }
  };

  return {
    async found(stray, ageMs) {
      if (stray.endedAt === undefined || stray.straySince !== undefined || !(await record(stray, stray.endedAt, ageMs))) return;
      log.warn({ flinkJob: stray.flinkId, job: stray.jobId, target: stray.targetId }, 'stray found');
      await queue.wake({ kind: 'terminate', id: stray.jobId }).catch((error: unknown) => log.warn({ error }, 'repair will wake terminate'));
    },
    async over(strays, ageMs) {
      if (strays.length === 0) return;
      const cleared = await store.clearStrays(
        strays.map(({ flinkId }) => flinkId),
        ageMs,
      );
      for (let i = 0; i < cleared; i++) listener.strayCancelled();
    },
    setAside: (jobId) => store.postponeStray(flinkJobId({ id: jobId }), SET_ASIDE_MS),
  };
}
