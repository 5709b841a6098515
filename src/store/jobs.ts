import type { Knex } from 'knex';
import { DreyError } from '../domain/errors.ts';
import type { Job, JobRecord } from '../domain/job.ts';
import type { JobFilter, Page } from '../ports/store.ts';
import { clipped, LONGEST_TEXT, toBinary } from './columns.ts';
import { isDuplicate } from './errors.ts';
import { immutableColumns, mutableColumns, RECORD_COLUMNS, toJob, toJobRecord, type JobRow } from './job-rows.ts';
import { paged } from './paged.ts';

const table = (db: Knex) => db<JobRow>('jobs');

/** The Jobs of a deleted Deployment go with it, also while their rows wait for the cleanup. */
const undeleted = (db: Knex, namespace: string) => db('deployments').select('id').where({ namespace }).whereNull('deleted_at');

/** Locks and reads the Job of a Deployment that is not final. */
export async function lockActiveJob(db: Knex, deploymentId: string): Promise<Job | undefined> {
  const row = await table(db)
    .where({ deployment_id: toBinary(deploymentId), active: 1 })
    .forUpdate()
    .first();
  return row && toJob(row);
}

/** Locks and reads the final Jobs of a Deployment that are not released. */
export async function lockUnreleasedJobs(db: Knex, deploymentId: string): Promise<Job[]> {
  const rows = await table(db)
    .where({ deployment_id: toBinary(deploymentId), active: null, released_at: null })
    .orderBy('id')
    .forUpdate();
  return rows.map(toJob);
}

/** Throws `staleWrite` when another Job of the Deployment is active. */
export async function insertJob(db: Knex, job: Job): Promise<void> {
  try {
    await table(db).insert({ ...immutableColumns(job), ...mutableColumns(job) });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    throw new DreyError('staleWrite', `Deployment ${job.deploymentName} already has an active Job`, { cause: error });
  }
}

/** Throws `staleWrite` unless the row is still at version `guard`. */
export async function updateJob(db: Knex, job: Job, guard: number): Promise<void> {
  const matched = await table(db)
    .where({ id: toBinary(job.id), version: guard })
    .update(mutableColumns(job));
  if (matched !== 1) throw new DreyError('staleWrite', `Job ${job.id} is no longer at version ${guard}`);
}

/** `namespace`: only one in it, and only while its Deployment is not deleted. */
export async function findJob(db: Knex, id: string, namespace?: string): Promise<{ job: Job; now: Date } | undefined> {
  const query = table(db).where({ id: toBinary(id) });
  if (namespace !== undefined) void query.andWhere({ namespace }).whereIn('deployment_id', undeleted(db, namespace));
  const row = await query.first<(JobRow & { now: Date }) | undefined>('*', db.raw('NOW(3) AS now'));
  return row && { job: toJob(row), now: row.now };
}

/** Jobs of Deployments that are not deleted, oldest first. */
export async function listJobs(
  db: Knex,
  namespace: string,
  { deploymentId, deploymentIds, active, state }: JobFilter,
  page?: Page,
): Promise<Job[]> {
  const query = paged(table(db).where({ namespace }).whereIn('deployment_id', undeleted(db, namespace)), page);
  if (deploymentId !== undefined) void query.andWhere({ deployment_id: toBinary(deploymentId) });
  if (deploymentIds !== undefined) void query.whereIn('deployment_id', deploymentIds.map(toBinary));
  if (active === true) void query.andWhere({ active: 1 });
  if (state !== undefined) void query.andWhere({ state });
  return (await query).map(toJob);
}

export async function jobsByIds(db: Knex, ids: readonly string[]): Promise<Job[]> {
  const live = db('deployments').select('id').whereNull('deleted_at');
  return (await table(db).whereIn('id', ids.map(toBinary)).whereIn('deployment_id', live)).map(toJob);
}

export async function jobVersion(db: Knex, id: string): Promise<number | undefined> {
  const row = await table(db)
    .where({ id: toBinary(id) })
    .first('version');
  return row?.version;
}

type RecordRow = Pick<JobRow, (typeof RECORD_COLUMNS)[number]>;

/** The Jobs of a target that were submitted and are not final, and the database's time before they were read. Without their specs: this is read at every look. */
export async function watchedJobs(db: Knex, targetId: string): Promise<{ jobs: JobRecord[]; now: Date }> {
  const rows = await table(db)
    .where({ target_id: toBinary(targetId), active: 1 })
    .whereNot({ submission: 'none' })
    .select<(RecordRow & { now: Date })[]>(...RECORD_COLUMNS, db.raw('NOW(3) AS now'));
  return { jobs: rows.map(toJobRecord), now: rows[0]?.now ?? new Date(0) };
}

export async function noteWaiting(db: Knex, id: string, waitingFor: string): Promise<void> {
  await table(db)
    .where({ id: toBinary(id), state: 'STARTING' })
    .update({ waiting_for: clipped(waitingFor, LONGEST_TEXT) });
}
