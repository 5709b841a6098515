import type { Deployment } from '../domain/deployment.ts';
import { flinkJobId, type Job, type JobSpec } from '../domain/job.ts';
import type { Limits } from '../domain/limits.ts';
import { fillPlaceholders } from '../domain/placeholders.ts';
import type { DeploymentTarget } from '../domain/target.ts';
import { canonicalHash } from './hash.ts';

/** A Job made from a Deployment's template as it is now. */
export function newJob(deployment: Deployment, target: DeploymentTarget, id: string, now: Date, limits: Limits): Job {
  const spec = specFor(deployment, target, id);
  return {
    id,
    namespace: deployment.namespace,
    deploymentId: deployment.id,
    deploymentName: deployment.name,
    targetId: target.id,
    annotations: deployment.spec.template.metadata?.annotations ?? {},
    spec,
    specHash: canonicalHash(spec),
    templateHash: deployment.templateHash,
    createdAt: now,
    modifiedAt: now,
    state: 'STARTING',
    transitionAt: now,
    startDeadlineAt: new Date(now.getTime() + limits.startDeadlineMs),
    submission: 'none',
    attempt: 0,
    restarts: 0,
    restartBase: 0,
    reachChangedAt: now,
    observedAt: now,
    version: 1,
  };
}

function specFor(deployment: Deployment, target: DeploymentTarget, id: string): JobSpec {
  const { artifact, parallelism, flinkConfiguration = {}, ...rest } = deployment.spec.template.spec;
  const { name: deploymentName, id: deploymentId, namespace } = deployment;
  const filled = Object.entries(flinkConfiguration).map(([key, value]): [string, string] => [
    key,
    fillPlaceholders(value, { deploymentName, deploymentId, jobId: id, namespace }),
  ]);
  return {
    ...rest,
    artifact,
    parallelism,
    allowNonRestoredState: deployment.spec.restoreStrategy.allowNonRestoredState ?? false,
    userFlinkConfiguration: flinkConfiguration,
    // The user's own values win, but for the id: without it two Flink jobs could belong to one Job.
    flinkConfiguration: {
      'pipeline.name': deployment.name,
      ...Object.fromEntries(filled),
      '$internal.pipeline.job-id': flinkJobId({ id }),
    },
    deploymentTarget: { id: target.id, name: target.name, spec: target.spec },
  };
}
