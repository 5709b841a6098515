import type { Knex } from 'knex';
import type { Deployment, DeploymentFailure, FailureMemory, DeploymentSpec, DeploymentState, Outcome } from '../domain/deployment.ts';
import type { PartialSpec } from '../domain/deployment-defaults.ts';
import { dueOfDeployment } from '../domain/due.ts';
import { activeFlag, clipped, dated, fromBinary, fromJson, given, isUuid, LONGEST_TEXT, toBinary } from './columns.ts';
import { DreyError, nameTaken } from '../domain/errors.ts';
import type { Page } from '../ports/store.ts';
import { isDuplicate } from './errors.ts';
import { toHistory, type StoredHistory } from './job-rows.ts';
import { paged } from './paged.ts';

interface DeploymentRow {
  id: Buffer;
  namespace: string;
  name: string;
  live: 1 | null;
  display_name: string | null;
  labels: string;
  annotations: string;
  spec: string;
  defaults: string | null;
  template_hash: string;
  target_id: Buffer;
  created_at: Date;
  modified_at: Date;
  state: DeploymentState;
  transition_at: Date;
  outcome: Outcome | null;
  failures: string;
  savepoint_failures: string | null;
  failure: string | null;
  keeps_state: 1 | null;
  fresh_since: Date | null;
  event_number: number;
  due_at: Date | null;
  deleted_at: Date | null;
  spec_version: number;
  version: number;
}

const columns = (deployment: Deployment) => ({
  live: activeFlag(deployment.deletedAt === undefined),
  display_name: deployment.displayName ?? null,
  labels: JSON.stringify(deployment.labels),
  annotations: JSON.stringify(deployment.annotations),
  spec: JSON.stringify(deployment.spec),
  template_hash: deployment.templateHash,
  target_id: toBinary(deployment.spec.deploymentTargetId),
  modified_at: deployment.modifiedAt,
  state: deployment.state,
  transition_at: deployment.transitionAt,
  outcome: deployment.outcome ?? null,
  failures: JSON.stringify(deployment.failures),
  savepoint_failures: JSON.stringify(
    deployment.savepointFailures.map(({ at, message }) => ({ at, message: clipped(message, LONGEST_TEXT) })),
  ),
  failure:
    deployment.failure === undefined
      ? null
      : JSON.stringify({ ...deployment.failure, message: clipped(deployment.failure.message, LONGEST_TEXT) }),
  keeps_state: activeFlag(deployment.keepsState === true),
  fresh_since: deployment.freshSince ?? null,
  due_at: dueOfDeployment(deployment)?.at ?? null,
  deleted_at: deployment.deletedAt ?? null,
  spec_version: deployment.specVersion,
  version: deployment.version,
});

interface StoredFailure {
  readonly at: string;
  readonly counts: boolean;
  readonly restartHistory?: StoredHistory;
}

const toFailure = ({ at, counts, restartHistory }: StoredFailure): FailureMemory => ({
  at: new Date(at),
  counts,
  ...(restartHistory === undefined ? {} : { restartHistory: toHistory(restartHistory) }),
});

const toDeployment = (row: DeploymentRow): Deployment => ({
  id: fromBinary(row.id),
  namespace: row.namespace,
  name: row.name,
  ...given('displayName', row.display_name),
  labels: fromJson<Record<string, string>>(row.labels),
  annotations: fromJson<Record<string, string>>(row.annotations),
  spec: fromJson<DeploymentSpec>(row.spec),
  ...(row.defaults === null ? {} : { defaults: fromJson<PartialSpec>(row.defaults) }),
  templateHash: row.template_hash,
  createdAt: row.created_at,
  modifiedAt: row.modified_at,
  state: row.state,
  transitionAt: row.transition_at,
  ...given('outcome', row.outcome),
  failures: fromJson<StoredFailure[]>(row.failures).map(toFailure),
  savepointFailures: fromJson<{ at: string; message: string }[]>(row.savepoint_failures ?? '[]').map(dated),
  ...(row.failure === null ? {} : { failure: fromJson<DeploymentFailure>(row.failure) }),
  ...(row.keeps_state === null ? {} : { keepsState: true }),
  ...given('freshSince', row.fresh_since),
  ...given('dueAt', row.due_at),
  ...given('deletedAt', row.deleted_at),
  specVersion: row.spec_version,
  version: row.version,
});

const table = (db: Knex) => db<DeploymentRow>('deployments');

/** Locks the row; all that changes the Deployment, its Job or its events waits here. With the number of its newest event. */
export async function lockDeployment(db: Knex, id: string): Promise<{ deployment: Deployment; eventNumber: number }> {
  const row = await table(db)
    .where({ id: toBinary(id) })
    .forUpdate()
    .first();
  if (row === undefined) throw new DreyError('notFound', `there is no Deployment ${id}`);
  return { deployment: toDeployment(row), eventNumber: row.event_number };
}

export async function insertDeployment(db: Knex, deployment: Deployment, eventNumber: number): Promise<void> {
  try {
    await table(db).insert({
      id: toBinary(deployment.id),
      namespace: deployment.namespace,
      name: deployment.name,
      created_at: deployment.createdAt,
      event_number: eventNumber,
      defaults: deployment.defaults === undefined ? null : JSON.stringify(deployment.defaults),
      ...columns(deployment),
    });
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    throw nameTaken('Deployment', deployment, error);
  }
}

/** Throws `staleWrite` unless the row is still at version `guard`. */
export async function updateDeployment(db: Knex, deployment: Deployment, guard: number): Promise<void> {
  const matched = await table(db)
    .where({ id: toBinary(deployment.id), version: guard })
    .update(columns(deployment));
  if (matched !== 1) throw new DreyError('staleWrite', `Deployment ${deployment.name} is no longer at version ${guard}`);
}

export async function setEventNumber(db: Knex, id: string, eventNumber: number): Promise<void> {
  await table(db)
    .where({ id: toBinary(id) })
    .update({ event_number: eventNumber });
}

/** By name or id; a name that is a UUID is tried as an id first. */
export async function findDeployment(db: Knex, namespace: string, nameOrId: string): Promise<Deployment | undefined> {
  const live = () => table(db).where({ namespace, live: 1 });
  const byId = isUuid(nameOrId)
    ? await live()
        .andWhere({ id: toBinary(nameOrId) })
        .first()
    : undefined;
  const row = byId ?? (await live().andWhere({ name: nameOrId }).first());
  return row && toDeployment(row);
}

export async function listDeployments(db: Knex, namespace: string, page?: Page): Promise<Deployment[]> {
  return (await paged(table(db).where({ namespace, live: 1 }), page)).map(toDeployment);
}

export async function deploymentsByIds(db: Knex, ids: readonly string[]): Promise<Deployment[]> {
  return (await table(db).where({ live: 1 }).whereIn('id', ids.map(toBinary))).map(toDeployment);
}

export async function deploymentVersion(db: Knex, id: string): Promise<number | undefined> {
  const row = await table(db)
    .where({ id: toBinary(id) })
    .first('version');
  return row?.version;
}
