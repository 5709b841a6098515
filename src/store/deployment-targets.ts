import type { Knex } from 'knex';
import { DreyError, nameTaken } from '../domain/errors.ts';
import type { DeploymentTarget, TargetReference, TargetSpec } from '../domain/target.ts';
import { fromBinary, fromJson, isUuid, toBinary } from './columns.ts';
import { isDuplicate } from './errors.ts';
import { holdNamespace, madeInItSql } from './namespaces.ts';

interface TargetRow {
  id: Buffer;
  namespace: string;
  name: string;
  spec: string;
  labels: string;
  annotations: string;
  live: 1 | null;
  hash: number;
  foreign_jobs: number;
  created_at: Date;
  modified_at: Date;
  version: number;
}

const toTarget = (row: TargetRow): DeploymentTarget => ({
  id: fromBinary(row.id),
  namespace: row.namespace,
  name: row.name,
  spec: fromJson<TargetSpec>(row.spec),
  labels: fromJson<Record<string, string>>(row.labels),
  annotations: fromJson<Record<string, string>>(row.annotations),
  hash: row.hash,
  createdAt: row.created_at,
  modifiedAt: row.modified_at,
  version: row.version,
});

const table = (db: Knex) => db<TargetRow>('deployment_targets');

export async function insertTarget(db: Knex, target: DeploymentTarget): Promise<void> {
  try {
    await db.transaction(async (trx) => {
      await holdNamespace(trx, target.namespace);
      await table(trx).insert({
        id: toBinary(target.id),
        namespace: target.namespace,
        name: target.name,
        spec: JSON.stringify(target.spec),
        labels: JSON.stringify(target.labels),
        annotations: JSON.stringify(target.annotations),
        hash: target.hash,
        created_at: target.createdAt,
        modified_at: target.modifiedAt,
        version: target.version,
      });
    });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    throw nameTaken('DeploymentTarget', target, error);
  }
}

/** By name or id; a name that is a UUID is tried as an id first. */
export async function findTarget(db: Knex, namespace: string, nameOrId: string): Promise<DeploymentTarget | undefined> {
  const byId = isUuid(nameOrId)
    ? await table(db)
        .where({ namespace, id: toBinary(nameOrId), live: 1 })
        .first()
    : undefined;
  const row = byId ?? (await table(db).where({ namespace, name: nameOrId, live: 1 }).first());
  return row && toTarget(row);
}

export async function targetById(db: Knex, id: string): Promise<DeploymentTarget | undefined> {
  const row = await table(db)
    .where({ id: toBinary(id) })
    .first();
  return row && toTarget(row);
}

export async function listTargets(db: Knex, namespace: string): Promise<DeploymentTarget[]> {
  return (await table(db).where({ namespace, live: 1 }).orderBy('name')).map(toTarget);
}

/** Writes labels and annotations, guarded by the version; the spec is never written again. */
export async function updateTarget(db: Knex, target: DeploymentTarget): Promise<DeploymentTarget> {
  const next = { ...target, version: target.version + 1 };
  const matched = await table(db)
    .where({ id: toBinary(target.id), version: target.version, live: 1 })
    .update({
      labels: JSON.stringify(target.labels),
      annotations: JSON.stringify(target.annotations),
      modified_at: db.raw('NOW(3)'),
      version: next.version,
    });
  if (matched !== 1) throw new DreyError('stalePrecondition', `DeploymentTarget ${target.name} was changed meanwhile; read it again`);
  return (await targetById(db, target.id)) ?? next;
}

/** Keeps the target from being deleted until the transaction ends. Throws `conflict` when it is gone. */
export async function holdTarget(db: Knex, id: string): Promise<void> {
  const row = await table(db)
    .where({ id: toBinary(id), live: 1 })
    .forShare()
    .first('name');
  if (row === undefined) throw new DreyError('conflict', `the DeploymentTarget ${id} was deleted meanwhile`);
}

/** Hides it; the row goes when no Flink id on it is remembered any more. Throws `conflict` while a Deployment refers to it, or a Job on it is not final. */
export async function deleteTarget(db: Knex, target: DeploymentTarget, dryRun = false): Promise<void> {
  await db.transaction(async (trx) => {
    const id = toBinary(target.id);
    await table(trx).where({ id }).forUpdate().first('id');
    const user = await trx('deployments').where({ target_id: id, live: 1 }).first<{ name: string } | undefined>('name');
    const job = await trx('jobs').where({ target_id: id, active: 1 }).first<{ deployment_name: string } | undefined>('deployment_name');
    const name = user?.name ?? job?.deployment_name;
    if (name !== undefined) {
      throw new DreyError('conflict', `DeploymentTarget ${target.name} is used by Deployment ${name}; delete or move that first`);
    }
    if (!dryRun) await table(trx).where({ id }).update({ live: null });
  });
}

/** A target with remembered ids. Not EXISTS: MariaDB makes a join of that which reads every id that there is. */
export const BUSY_SQL = '(SELECT 1 FROM flink_ids WHERE flink_ids.target_id = deployment_targets.id LIMIT 1) = 1';

/** Targets on which no Flink id is remembered: nobody looks at them. */
export const unwatchedTargets = (db: Knex) => table(db).whereRaw(`NOT COALESCE(${BUSY_SQL}, FALSE)`);

/** Deleted targets that neither an id nor a Deployment refers to: their rows may go. */
export const unheldTargets = (db: Knex) =>
  unwatchedTargets(db)
    .whereNull('live')
    .whereNotExists(db('deployments').whereRaw('deployments.target_id = deployment_targets.id').select(db.raw('1')));

/** The targets of a shard on which a Flink job of ours may live, also deleted ones. */
export async function busyTargets(db: Knex, shard: number, shards: number): Promise<TargetReference[]> {
  const rows = await table(db).whereRaw('MOD(hash, ?) = ?', [shards, shard]).whereRaw(BUSY_SQL).select('id', 'namespace', 'name', 'spec');
  return rows.map(({ id, namespace, name, spec }) => ({ id: fromBinary(id), namespace, name, spec: fromJson<TargetSpec>(spec) }));
}

/** Notes how many Flink jobs of others live on a target; no new version, it is an observation. */
export async function noteForeign(db: Knex, targetId: string, count: number): Promise<void> {
  await table(db)
    .where({ id: toBinary(targetId) })
    .whereNot({ foreign_jobs: count })
    .update({ foreign_jobs: count });
}

/** The targets of a namespace on which a stray was seen, also deleted ones. */
export async function strayTargets(db: Knex, namespace: string): Promise<DeploymentTarget[]> {
  const ids = await db('flink_ids').whereNotNull('stray_since').distinct<{ target_id: Buffer }[]>('target_id');
  const rows = await table(db)
    .where({ namespace })
    .whereRaw(madeInItSql('deployment_targets'))
    .whereIn(
      'id',
      ids.map(({ target_id }) => target_id),
    );
  return rows.map(toTarget);
}
