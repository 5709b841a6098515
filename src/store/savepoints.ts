import type { Knex } from 'knex';
import type { Deployment } from '../domain/deployment.ts';
import { dueOfSavepoint } from '../domain/due.ts';
import { DreyError } from '../domain/errors.ts';
import type { Evidence } from '../domain/job.ts';
import type { Savepoint, SavepointFailure, SavepointOrigin, SavepointState } from '../domain/savepoint.ts';
import type { Page, SavepointNow } from '../ports/store.ts';
import { clipped, dated, fromBinary, fromJson, given, LONGEST_TEXT, toBinary, type Dated } from './columns.ts';
import { isDuplicate } from './errors.ts';
import { paged } from './paged.ts';

interface SavepointRow {
  id: Buffer;
  namespace: string;
  deployment_id: Buffer;
  job_id: Buffer | null;
  job_made_at: Date;
  target_id: Buffer;
  origin: SavepointOrigin;
  annotations: string;
  state: SavepointState;
  directory: string | null;
  triggered_at: Date | null;
  location: string | null;
  state_at: Date | null;
  taken_at: Date | null;
  failure: string | null;
  evidence: string | null;
  created_at: Date;
  modified_at: Date;
  ended_at: Date | null;
  deleted_at: Date | null;
  due_at: Date | null;
  version: number;
}

const columns = (savepoint: Savepoint) => ({
  state: savepoint.state,
  directory: savepoint.directory ?? null,
  triggered_at: savepoint.triggeredAt ?? null,
  location: savepoint.location ?? null,
  state_at: savepoint.stateAt ?? null,
  taken_at: savepoint.takenAt ?? null,
  failure:
    savepoint.failure === undefined
      ? null
      : JSON.stringify({ ...savepoint.failure, message: clipped(savepoint.failure.message, LONGEST_TEXT) }),
  evidence:
    savepoint.evidence === undefined
      ? null
      : JSON.stringify({ ...savepoint.evidence, answer: clipped(savepoint.evidence.answer, LONGEST_TEXT) }),
  modified_at: savepoint.modifiedAt,
  ended_at: savepoint.endedAt ?? null,
  deleted_at: savepoint.deletedAt ?? null,
  due_at: dueOfSavepoint(savepoint)?.at ?? null,
  version: savepoint.version,
});

const toSavepoint = (row: SavepointRow): Savepoint => ({
  id: fromBinary(row.id),
  namespace: row.namespace,
  deploymentId: fromBinary(row.deployment_id),
  ...given('jobId', row.job_id === null ? null : fromBinary(row.job_id)),
  jobMadeAt: row.job_made_at,
  targetId: fromBinary(row.target_id),
  origin: row.origin,
  annotations: fromJson<Record<string, string>>(row.annotations),
  state: row.state,
  ...given('directory', row.directory),
  ...given('triggeredAt', row.triggered_at),
  ...given('location', row.location),
  ...given('stateAt', row.state_at),
  ...given('takenAt', row.taken_at),
  ...(row.failure === null ? {} : { failure: fromJson<SavepointFailure>(row.failure) }),
  ...(row.evidence === null ? {} : { evidence: dated(fromJson<Dated<Evidence>>(row.evidence)) }),
  createdAt: row.created_at,
  modifiedAt: row.modified_at,
  ...given('endedAt', row.ended_at),
  ...given('deletedAt', row.deleted_at),
  version: row.version,
});

const table = (db: Knex) => db<SavepointRow>('savepoints');

/** What a plan looks at (`Held.savepoints`). The caller holds the Deployment's lock. */
export async function heldSavepoints(db: Knex, { id, freshSince }: Deployment): Promise<Savepoint[]> {
  const ofState = (state: SavepointState) =>
    table(db)
      .where({ deployment_id: toBinary(id), state })
      .whereNull('deleted_at');
  const usable = ofState('COMPLETED')
    .where('job_made_at', '>=', freshSince ?? new Date(0))
    .orderBy([
      { column: 'state_at', order: 'desc' },
      { column: 'id', order: 'desc' },
    ])
    .limit(1);
  const taken = usable.clone().whereNot({ origin: 'RETAINED_CHECKPOINT' });
  const rows = await ofState('STARTED').unionAll([usable, taken], true);
  return [...new Map(rows.map((row) => [row.id.toString('hex'), toSavepoint(row)])).values()];
}

/** Throws `conflict` where there is one with its id. */
export async function insertSavepoint(db: Knex, savepoint: Savepoint): Promise<void> {
  const row = {
    id: toBinary(savepoint.id),
    namespace: savepoint.namespace,
    deployment_id: toBinary(savepoint.deploymentId),
    job_id: savepoint.jobId === undefined ? null : toBinary(savepoint.jobId),
    job_made_at: savepoint.jobMadeAt,
    target_id: toBinary(savepoint.targetId),
    origin: savepoint.origin,
    annotations: JSON.stringify(savepoint.annotations),
    created_at: savepoint.createdAt,
    ...columns(savepoint),
  };
  try {
    await table(db).insert(row);
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    throw new DreyError('conflict', `Savepoint ${savepoint.id} exists already`, { cause: error });
  }
}

/** Throws `staleWrite` unless the row is still at version `guard`. */
export async function updateSavepoint(db: Knex, savepoint: Savepoint, guard: number): Promise<void> {
  const matched = await table(db)
    .where({ id: toBinary(savepoint.id), version: guard })
    .update(columns(savepoint));
  if (matched !== 1) throw new DreyError('staleWrite', `Savepoint ${savepoint.id} is no longer at version ${guard}`);
}

export async function findSavepoint(db: Knex, id: string): Promise<SavepointNow | undefined> {
  const row = await table(db)
    .where({ id: toBinary(id) })
    .first<(SavepointRow & { now: Date }) | undefined>('*', db.raw('NOW(3) AS now'));
  return row && { savepoint: toSavepoint(row), now: row.now };
}

export async function listSavepoints(
  db: Knex,
  namespace: string,
  { deploymentId, jobId }: { deploymentId?: string; jobId?: string },
  page?: Page,
): Promise<Savepoint[]> {
  const live = db('deployments').select('id').where({ namespace }).whereNull('deleted_at');
  const query = paged(table(db).where({ namespace }).whereNull('deleted_at').whereIn('deployment_id', live), page);
  if (deploymentId !== undefined) void query.andWhere({ deployment_id: toBinary(deploymentId) });
  if (jobId !== undefined) void query.andWhere({ job_id: toBinary(jobId) });
  return (await query).map(toSavepoint);
}

export async function savepointsByIds(db: Knex, ids: readonly string[]): Promise<Savepoint[]> {
  const live = db('deployments').select('id').whereNull('deleted_at');
  return (await table(db).whereIn('id', ids.map(toBinary)).whereNull('deleted_at').whereIn('deployment_id', live)).map(toSavepoint);
}

export async function savepointVersion(db: Knex, id: string): Promise<number | undefined> {
  const row = await table(db)
    .where({ id: toBinary(id) })
    .first('version');
  return row?.version;
}

export async function deleteSavepoint(db: Knex, id: string): Promise<void> {
  await table(db)
    .where({ id: toBinary(id) })
    .whereNotNull('deleted_at')
    .delete();
}

export async function postponeSavepoint(db: Knex, id: string, ms: number): Promise<void> {
  await table(db)
    .where({ id: toBinary(id) })
    .whereNotNull('due_at')
    .update({ due_at: db.raw('NOW(3) + INTERVAL ? * 1000 MICROSECOND', [ms]) });
}
