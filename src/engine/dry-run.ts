import type { Deployment } from '../domain/deployment.ts';
import { nameTaken } from '../domain/errors.ts';
import type { Change, Store } from '../ports/store.ts';
import { decisionOf, type Commit, type EngineParts } from './commit.ts';
import { deploymentOperations, type DeploymentOperations } from './deployments.ts';
import { savepointOperations, type SavepointOperations } from './savepoints.ts';

/** The id of what is not made: no resource has it. */
export const NIL_ID = '00000000-0000-0000-0000-000000000000';

/**
 * The operations of one request that only wants to know: checked, decided and planned by the same code under the same
 * locks; nothing is written, told or woken. What would be made has the nil id, what would be changed keeps its version.
 */
export function dryRunOf(
  parts: EngineParts,
): Pick<DeploymentOperations, 'create' | 'update' | 'remove'> & { readonly savepoints: Pick<SavepointOperations, 'request' | 'remove'> } {
  let made: Deployment | undefined;
  const store: Store = {
    ...parts.store,
    async insertDeployment(deployment) {
      const { namespace, name } = deployment;
      if ((await parts.store.deployment(namespace, name))?.name === name) throw nameTaken('Deployment', deployment);
      made = deployment;
    },
  };
  const dry = { ...parts, store, newId: () => NIL_ID };
  const commit: Commit = async (id, decide) => {
    const decision = decisionOf(dry, decide);
    if (made?.id === id) {
      const target = await store.targetById(made.spec.deploymentTargetId);
      return decision({ deployment: made, job: undefined, unreleased: [], savepoints: [], target }, await store.now());
    }
    let change: Change | undefined;
    await store.change(id, (held, now) => {
      change = decision(held, now);
      return undefined;
    });
    return change;
  };
  return { ...deploymentOperations(dry, commit), savepoints: savepointOperations(dry, commit) };
}
