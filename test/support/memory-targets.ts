import { DreyError, nameTaken } from '../../src/domain/errors.ts';
import { isFinal } from '../../src/domain/job.ts';
import type { DeploymentTarget } from '../../src/domain/target.ts';
import type { Store } from '../../src/ports/store.ts';
import { later } from './memory-declarations.ts';
import type { MemoryRows } from './memory-retention.ts';

type TargetStore = Pick<Store, 'insertTarget' | 'target' | 'targetById' | 'targets' | 'updateTarget' | 'deleteTarget'>;

/** The DeploymentTargets of the Store in memory. */
export function memoryTargets(
  { deployments, jobs, targets }: Pick<MemoryRows, 'deployments' | 'jobs' | 'targets'>,
  now: () => Date,
  hasNamespace: (name: string) => boolean,
) {
  const existing = (): DeploymentTarget[] => [...targets.values()].filter(({ deleted }) => deleted === undefined);
  const holdTarget = (id: string): void => {
    if (!existing().some((target) => target.id === id)) throw new DreyError('conflict', `the DeploymentTarget ${id} was deleted meanwhile`);
  };

  const store: TargetStore = {
    insertTarget: later((target) => {
      if (!hasNamespace(target.namespace)) throw new DreyError('notFound', `there is no namespace "${target.namespace}"`);
      const taken = existing().some(({ namespace, name }) => namespace === target.namespace && name === target.name);
      if (taken) throw nameTaken('DeploymentTarget', target);
      targets.set(target.id, target);
    }),
    target: later((namespace, nameOrId) =>
      byNameOrId(
        existing().filter((row) => row.namespace === namespace),
        nameOrId,
      ),
    ),
    targetById: later((id) => targets.get(id)),
    targets: later((namespace) =>
      existing()
        .filter((row) => row.namespace === namespace)
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    ),
    updateTarget: later((target) => {
      if (targets.get(target.id)?.version !== target.version) {
        throw new DreyError('stalePrecondition', `DeploymentTarget ${target.name} was changed meanwhile; read it again`);
      }
      const next = { ...target, version: target.version + 1, modifiedAt: now() };
      targets.set(next.id, next);
      return next;
    }),
    deleteTarget: later((target, dryRun = false) => {
      const user = [...deployments.values()].find((row) => row.deletedAt === undefined && row.spec.deploymentTargetId === target.id);
      const job = [...jobs.values()].find((row) => !isFinal(row.state) && row.targetId === target.id);
      const name = user?.name ?? job?.deploymentName;
      if (name !== undefined)
        throw new DreyError('conflict', `DeploymentTarget ${target.name} is used by Deployment ${name}; delete or move that first`);
      if (!dryRun) targets.set(target.id, { ...target, deleted: true });
    }),
  };
  return { store, existing, holdTarget };
}

/** One by its id, or else by its name. */
export const byNameOrId = <T extends { id: string; name: string }>(rows: readonly T[], nameOrId: string): T | undefined =>
  rows.find(({ id }) => id === nameOrId) ?? rows.find(({ name }) => name === nameOrId);
