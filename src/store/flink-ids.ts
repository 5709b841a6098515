import type { Knex } from 'knex';
import { flinkJobId, isFinal, type Job } from '../domain/job.ts';
import { fromBinary, toBinary } from './columns.ts';

/** Remembers the id that a Job is about to be submitted under, and when the Job ended. */
export async function rememberFlinkId(db: Knex, job: Job): Promise<void> {
  const times = { submitted_at: job.modifiedAt, ended_at: isFinal(job.state) ? (job.terminatedAt ?? job.modifiedAt) : null };
  const id = toBinary(flinkJobId(job));
  const known = await db('flink_ids').where({ flink_id: id }).update({ ended_at: times.ended_at });
  if (known > 0 || job.attempt === 0) return;
  await db('flink_ids').insert({
    flink_id: id,
    job_id: toBinary(job.id),
    deployment_id: toBinary(job.deploymentId),
    target_id: toBinary(job.targetId),
    ...times,
  });
}

/** More earlier ids than this are not looked for: each belongs to a Job that ended long ago. */
const MOST_EARLIER = 1000;

/** Ids that other Jobs of the same Deployment were submitted under, to the same target, newest first. */
export async function earlierFlinkIds(db: Knex, job: Job): Promise<string[]> {
  const rows = await db('flink_ids')
    .where({ deployment_id: toBinary(job.deploymentId), target_id: toBinary(job.targetId) })
    .whereNot({ job_id: toBinary(job.id) })
    .orderBy('flink_id', 'desc')
    .limit(MOST_EARLIER)
    .select<{ flink_id: Buffer }[]>('flink_id');
  return rows.map(({ flink_id }) => fromBinary(flink_id).replaceAll('-', ''));
}
