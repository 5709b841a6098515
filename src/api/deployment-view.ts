import type { Deployment } from '../domain/deployment.ts';
import type { Job } from '../domain/job.ts';
import { inputOf } from '../engine/deployments.ts';

/** A Deployment as VVP shows it. `job`: its active Job, if any. */
export const viewDeployment = (deployment: Deployment, job: Job | undefined) => ({
  apiVersion: 'v1' as const,
  kind: 'Deployment' as const,
  metadata: {
    id: deployment.id,
    name: deployment.name,
    ...(deployment.displayName === undefined ? {} : { displayName: deployment.displayName }),
    namespace: deployment.namespace,
    createdAt: deployment.createdAt.toISOString(),
    modifiedAt: deployment.modifiedAt.toISOString(),
    labels: deployment.labels,
    annotations: deployment.annotations,
    resourceVersion: deployment.version,
  },
  spec: deployment.spec,
  status: {
    state: deployment.state,
    ...(deployment.state === 'RUNNING' && job !== undefined
      ? { running: { jobId: job.id, transitionTime: deployment.transitionAt.toISOString(), conditions: [] } }
      : {}),
  },
});

/** The part of the resource that a user may say, in the resource's shape: what a PATCH is merged into. */
export function userPart(deployment: Deployment) {
  const { spec, ...metadata } = inputOf(deployment);
  return { metadata: { name: deployment.name, ...metadata }, spec };
}
