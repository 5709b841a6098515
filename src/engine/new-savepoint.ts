import type { Job } from '../domain/job.ts';
import type { Savepoint, SavepointOrigin } from '../domain/savepoint.ts';

/** A Savepoint that is to be taken of a Job. */
export const newSavepoint = (job: Job, origin: SavepointOrigin, id: string, now: Date): Savepoint => ({
  id,
  namespace: job.namespace,
  deploymentId: job.deploymentId,
  jobId: job.id,
  jobMadeAt: job.createdAt,
  targetId: job.targetId,
  origin,
  annotations: {},
  state: 'STARTED',
  createdAt: now,
  modifiedAt: now,
  version: 1,
});
