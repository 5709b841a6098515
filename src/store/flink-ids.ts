import type { Knex } from 'knex';
import type { FlinkId } from '../domain/flink-id.ts';
import { flinkJobId, isFinal, type Job, type JobRecord } from '../domain/job.ts';
import { fromBinary, given, toBinary } from './columns.ts';

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
export async function earlierFlinkIds(db: Knex, job: JobRecord): Promise<string[]> {
  const rows = await db('flink_ids')
    .where({ deployment_id: toBinary(job.deploymentId), target_id: toBinary(job.targetId) })
    .whereNot({ job_id: toBinary(job.id) })
    .orderBy('flink_id', 'desc')
    .limit(MOST_EARLIER)
    .select<{ flink_id: Buffer }[]>('flink_id');
  return rows.map(({ flink_id }) => flink_id.toString('hex'));
}

interface FlinkIdRow {
  flink_id: Buffer;
  job_id: Buffer;
  deployment_id: Buffer;
  target_id: Buffer;
  ended_at: Date | null;
  stray_since: Date | null;
  stray_due_at: Date | null;
}

const toFlinkId = (row: FlinkIdRow): FlinkId => ({
  flinkId: row.flink_id.toString('hex'),
  jobId: fromBinary(row.job_id),
  deploymentId: fromBinary(row.deployment_id),
  targetId: fromBinary(row.target_id),
  ...given('endedAt', row.ended_at),
  ...given('straySince', row.stray_since),
});

const table = (db: Knex) => db<FlinkIdRow>('flink_ids');

/** What is remembered of these ids. */
export async function flinkIds(db: Knex, ids: readonly string[]): Promise<FlinkId[]> {
  return (await table(db).whereIn('flink_id', ids.map(toBinary))).map(toFlinkId);
}

export async function straysOf(db: Knex, targetId: string): Promise<FlinkId[]> {
  const rows = await table(db)
    .where({ target_id: toBinary(targetId) })
    .whereNotNull('stray_since');
  return rows.map(toFlinkId);
}

/** False when it was marked already. */
export async function markStray(db: Knex, flinkId: string): Promise<boolean> {
  const marked = await table(db)
    .where({ flink_id: toBinary(flinkId), stray_since: null })
    .update({ stray_since: db.raw('NOW(3)'), stray_due_at: db.raw('NOW(3)') });
  return marked === 1;
}

export async function clearStrays(db: Knex, ids: readonly string[], ageMs: number): Promise<number> {
  return table(db)
    .whereIn('flink_id', ids.map(toBinary))
    .where('stray_since', '<=', db.raw('NOW(3) - INTERVAL ? * 1000 MICROSECOND', [Math.round(ageMs)]))
    .update({ stray_since: null, stray_due_at: null });
}

export async function postponeStray(db: Knex, flinkId: string, ms: number): Promise<void> {
  await table(db)
    .where({ flink_id: toBinary(flinkId) })
    .whereNotNull('stray_since')
    .update({ stray_due_at: db.raw('NOW(3) + INTERVAL ? * 1000 MICROSECOND', [ms]) });
}
