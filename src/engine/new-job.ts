import type { Deployment } from '../domain/deployment.ts';
import { flinkJobId, type Job, type JobSpec } from '../domain/job.ts';
import type { Limits } from '../domain/limits.ts';
import type { Snapshot } from '../domain/savepoint.ts';
import { fillPlaceholders } from '../domain/placeholders.ts';
import type { DeploymentTarget } from '../domain/target.ts';
import { canonicalHash } from './hash.ts';

/** A Job made from a Deployment's template as it is now, its state restored `from` a snapshot. */
export function newJob(
  deployment: Deployment,
  target: DeploymentTarget,
  from: Snapshot | undefined,
  id: string,
  now: Date,
  limits: Limits,
): Job {
  const spec = specFor(deployment, target, from, id);
  // What made the Job before it fail may make this one fail as well.
  const restartHistory = deployment.failures.at(-1)?.restartHistory;
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
    ...(restartHistory === undefined ? {} : { restartHistory }),
    reachChangedAt: now,
    observedAt: now,
    version: 1,
  };
}

/**
 * Without it a cancelled job, or a JobManager that is stopped, takes the last checkpoint with it. How many are retained cannot be said per job: Flink
 * 1.20 and 2.3 read that from the cluster's own configuration alone.
 */
const KEPT_CHECKPOINTS = { 'execution.checkpointing.externalized-checkpoint-retention': 'RETAIN_ON_CANCELLATION' };

function specFor(deployment: Deployment, target: DeploymentTarget, from: Snapshot | undefined, id: string): JobSpec {
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
    ...(from === undefined ? {} : { savepointLocation: from.location }),
    allowNonRestoredState: deployment.spec.restoreStrategy.allowNonRestoredState ?? false,
    userFlinkConfiguration: flinkConfiguration,
    // The user's own values win, but for the id: without it two Flink jobs could belong to one Job.
    flinkConfiguration: {
      'pipeline.name': deployment.name,
      ...KEPT_CHECKPOINTS,
      ...Object.fromEntries(filled),
      '$internal.pipeline.job-id': flinkJobId({ id }),
    },
    deploymentTarget: { id: target.id, name: target.name, spec: target.spec },
  };
}
