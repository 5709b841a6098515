import type { Knex } from 'knex';
import type { Deployment } from '../domain/deployment.ts';
import type { Savepoint } from '../domain/savepoint.ts';
import { DELETIONS_KEPT_MS, type WatchedKind } from '../ports/watch.ts';
import { fromBinary, given, toBinary } from './columns.ts';
import { madeInItSql } from './namespaces.ts';

interface DeletionRow {
  id: Buffer;
  kind: string;
  namespace: string;
  deployment_id: Buffer | null;
  name: string | null;
  version: number;
  deleted_at: Date;
}

const table = (db: Knex) => db<DeletionRow>('deletions');

export async function noteDeletedDeployment(db: Knex, { id, namespace, name, version }: Deployment, now: Date): Promise<void> {
  await table(db).insert({ id: toBinary(id), kind: 'deployments', namespace, name, version, deleted_at: now });
}

export async function noteDeletedSavepoint(db: Knex, { id, namespace, deploymentId, version }: Savepoint, now: Date): Promise<void> {
  const deployment_id = toBinary(deploymentId);
  await table(db).insert({ id: toBinary(id), kind: 'savepoints', namespace, deployment_id, version, deleted_at: now });
}

/** Notes the Savepoints of a Deployment that are not hidden already, in the transaction that deletes them. */
export async function noteDeletedSavepoints(db: Knex, deployment: Buffer): Promise<void> {
  await noteAll(db, 'savepoints', db('savepoints').where({ deployment_id: deployment }).whereNull('deleted_at'));
}

/** Notes the Jobs with these ids that are final, in the transaction that deletes them. */
export async function noteDeletedJobs(db: Knex, keys: readonly Buffer[]): Promise<void> {
  await noteAll(db, 'jobs', db('jobs').whereIn('id', keys).whereNull('active'));
}

/** Nothing of a namespace that was deleted: who watches one that was made under its name later has seen nothing of it. */
async function noteAll(db: Knex, kind: WatchedKind, rows: Knex.QueryBuilder): Promise<void> {
  await db(db.raw('deletions (id, kind, namespace, deployment_id, version, deleted_at)')).insert(
    rows.whereRaw(madeInItSql(kind)).select('id', db.raw('?', [kind]), 'namespace', 'deployment_id', 'version', db.raw('NOW(3)')),
  );
}

export async function deletedSince(db: Knex, kind: string, since: Date) {
  const rows = await table(db).where({ kind }).andWhere('deleted_at', '>', since);
  return rows.map(({ id, namespace, deployment_id, name, version, deleted_at }) => ({
    id: fromBinary(id),
    version,
    at: deleted_at,
    createdAt: deleted_at,
    deleted: { namespace, ...given('name', name), ...given('deploymentId', deployment_id === null ? null : fromBinary(deployment_id)) },
  }));
}

export const forgettableDeletions = (db: Knex) =>
  table(db).where('deleted_at', '<', db.raw('NOW(3) - INTERVAL ? * 1000 MICROSECOND', [DELETIONS_KEPT_MS]));

export const forgetDeletions = async (db: Knex, most: number): Promise<number> => forgettableDeletions(db).limit(most).delete();
