import { commitWith, type EngineParts } from './commit.ts';
import { deploymentOperations, type DeploymentOperations } from './deployments.ts';
import { jobOperations, type JobOperations } from './jobs.ts';
import { retentionOperations, type RetentionOperations } from './retention.ts';
import { savepointOperations, type SavepointOperations } from './savepoints.ts';
import { strayOperations, type StrayOperations } from './strays.ts';

/** The only writer of state. */
export interface Engine {
  readonly deployments: DeploymentOperations;
  readonly jobs: JobOperations;
  readonly savepoints: SavepointOperations;
  readonly strays: StrayOperations;
  readonly retention: RetentionOperations;
}

export function createEngine(parts: EngineParts): Engine {
  const commit = commitWith(parts);
  return {
    deployments: deploymentOperations(parts, commit),
    jobs: jobOperations(parts, commit),
    savepoints: savepointOperations(parts, commit),
    strays: strayOperations(parts, commit),
    retention: retentionOperations(parts),
  };
}
