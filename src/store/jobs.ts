import type { Knex } from 'knex';
import { DreyError } from '../domain/errors.ts';
import { dueOf } from '../domain/due.ts';
import {
  isFinal,
  type FlinkWord,
  type Job,
  type JobFailure,
  type JobSpec,
  type JobState,
  type Submission,
  type TerminateMode,
} from '../domain/job.ts';
import { activeFlag, clipped, databaseNow, fromBinary, fromJson, given, toBinary } from './columns.ts';
import { isDuplicate } from './errors.ts';

interface JobRow {
  id: Buffer;
  namespace: string;
  deployment_id: Buffer;
  deployment_name: string;
  target_id: Buffer;
  annotations: string;
  spec: string;
  spec_hash: string;
  template_hash: string;
  created_at: Date;
  modified_at: Date;
  state: JobState;
  active: 1 | null;
  terminate_mode: TerminateMode | null;
  terminating_at: Date | null;
  start_deadline_at: Date;
  submission: Submission;
  attempt: number;
  fingerprint: string | null;
  submission_open_until: Date | null;
  artifact_sha256: string | null;
  waiting_for: string | null;
  started_at: Date | null;
  flink_word: FlinkWord | 'UNKNOWN' | null;
  restarts: number;
  missing_fingerprint: string | null;
  missing_since: Date | null;
  observed_at: Date;
  failure: string | null;
  terminated_at: Date | null;
  due_at: Date | null;
  version: number;
}

/** Of what Flink or a program says, more is not kept: a cause can be a whole stack trace. */
const LONGEST_TEXT = 8000;

/** Written at creation and never again: no UPDATE names them. */
const immutableColumns = (job: Job) => ({
  id: toBinary(job.id),
  namespace: job.namespace,
  deployment_id: toBinary(job.deploymentId),
  deployment_name: job.deploymentName,
  target_id: toBinary(job.targetId),
  annotations: JSON.stringify(job.annotations),
  spec: JSON.stringify(job.spec),
  spec_hash: job.specHash,
  template_hash: job.templateHash,
  created_at: job.createdAt,
});

const mutableColumns = (job: Job) => ({
  modified_at: job.modifiedAt,
  state: job.state,
  active: activeFlag(!isFinal(job.state)),
  terminate_mode: job.terminateMode ?? null,
  terminating_at: job.terminatingAt ?? null,
  start_deadline_at: job.startDeadlineAt,
  submission: job.submission,
  attempt: job.attempt,
  fingerprint: job.fingerprint ?? null,
  submission_open_until: job.submissionOpenUntil ?? null,
  artifact_sha256: job.artifactSha256 ?? null,
  waiting_for: job.waitingFor === undefined ? null : clipped(job.waitingFor, LONGEST_TEXT),
  started_at: job.startedAt ?? null,
  flink_word: job.flinkWord ?? null,
  restarts: job.restarts,
  missing_fingerprint: job.missing?.fingerprint ?? null,
  missing_since: job.missing?.since ?? null,
  observed_at: job.observedAt,
  failure: job.failure === undefined ? null : JSON.stringify({ ...job.failure, message: clipped(job.failure.message, LONGEST_TEXT) }),
  terminated_at: job.terminatedAt ?? null,
  due_at: dueOf(job)?.at ?? null,
  version: job.version,
});

const toJob = (row: JobRow): Job => ({
  id: fromBinary(row.id),
  namespace: row.namespace,
  deploymentId: fromBinary(row.deployment_id),
  deploymentName: row.deployment_name,
  targetId: fromBinary(row.target_id),
  annotations: fromJson<Record<string, string>>(row.annotations),
  spec: fromJson<JobSpec>(row.spec),
  specHash: row.spec_hash,
  templateHash: row.template_hash,
  createdAt: row.created_at,
  modifiedAt: row.modified_at,
  state: row.state,
  ...given('terminateMode', row.terminate_mode),
  ...given('terminatingAt', row.terminating_at),
  startDeadlineAt: row.start_deadline_at,
  submission: row.submission,
  attempt: row.attempt,
  ...given('fingerprint', row.fingerprint),
  ...given('submissionOpenUntil', row.submission_open_until),
  ...given('artifactSha256', row.artifact_sha256),
  ...given('waitingFor', row.waiting_for),
  ...given('startedAt', row.started_at),
  ...given('flinkWord', row.flink_word),
  restarts: row.restarts,
  ...(row.missing_fingerprint === null || row.missing_since === null
    ? {}
    : { missing: { fingerprint: row.missing_fingerprint, since: row.missing_since } }),
  observedAt: row.observed_at,
  ...(row.failure === null ? {} : { failure: fromJson<JobFailure>(row.failure) }),
  ...given('terminatedAt', row.terminated_at),
  version: row.version,
});

const table = (db: Knex) => db<JobRow>('jobs');

/** Locks and reads the Job of a Deployment that is not final. */
export async function lockActiveJob(db: Knex, deploymentId: string): Promise<Job | undefined> {
  const row = await table(db)
    .where({ deployment_id: toBinary(deploymentId), active: 1 })
    .forUpdate()
    .first();
  return row && toJob(row);
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

export async function findJob(db: Knex, id: string): Promise<{ job: Job; now: Date } | undefined> {
  const row = await table(db)
    .where({ id: toBinary(id) })
    .first<(JobRow & { now: Date }) | undefined>('*', db.raw('NOW(3) AS now'));
  return row && { job: toJob(row), now: row.now };
}

/** Jobs of Deployments that are not deleted, oldest first; `active`: only those that are not final. */
export async function listJobs(
  db: Knex,
  namespace: string,
  { deploymentId, active }: { deploymentId?: string; active?: true },
): Promise<Job[]> {
  const live = db('deployments').select('id').where({ namespace }).whereNull('deleted_at');
  const query = table(db).where({ namespace }).whereIn('deployment_id', live).orderBy('id');
  if (deploymentId !== undefined) void query.andWhere({ deployment_id: toBinary(deploymentId) });
  if (active === true) void query.andWhere({ active: 1 });
  return (await query).map(toJob);
}

export async function jobVersion(db: Knex, id: string): Promise<number | undefined> {
  const row = await table(db)
    .where({ id: toBinary(id) })
    .first('version');
  return row?.version;
}

/** The Jobs of a target that are not final, and the database's time before they were read. */
export async function activeJobs(db: Knex, targetId: string): Promise<{ jobs: Job[]; now: Date }> {
  const now = await databaseNow(db);
  const rows = await table(db)
    .where({ target_id: toBinary(targetId), active: 1 })
    .orderBy('id');
  return { jobs: rows.map(toJob), now };
}

export async function busyTargets(db: Knex, shard: number, shards: number): Promise<string[]> {
  const rows = await db('deployment_targets')
    .whereRaw('MOD(hash, ?) = ?', [shards, shard])
    .whereExists(db('jobs').whereRaw('jobs.target_id = deployment_targets.id').andWhere({ active: 1 }).select(db.raw('1')))
    .select<{ id: Buffer }[]>('id');
  return rows.map(({ id }) => fromBinary(id));
}

export async function noteWaiting(db: Knex, id: string, waitingFor: string): Promise<void> {
  await table(db)
    .where({ id: toBinary(id), state: 'STARTING' })
    .update({ waiting_for: clipped(waitingFor, LONGEST_TEXT) });
}
