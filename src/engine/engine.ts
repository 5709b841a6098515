import { commitWith, type EngineParts } from './commit.ts';
import { deploymentOperations, type DeploymentOperations } from './deployments.ts';
import { dryRunOf } from './dry-run.ts';
import { jobOperations, type JobOperations } from './jobs.ts';
import { retentionOperations, type RetentionOperations } from './retention.ts';
import { savepointOperations, type SavepointOperations } from './savepoints.ts';
import { strayOperations, type StrayOperations } from './strays.ts';

/** The only writer of state. */
export interface Engine {
  readonly deployments: DeploymentOperations;
  /** The same for one request that writes nothing. */
  dryRun(): ReturnType<typeof dryRunOf>;
  readonly jobs: JobOperations;
  readonly savepoints: SavepointOperations;
  readonly strays: StrayOperations;
  readonly retention: RetentionOperations;
}

export function createEngine(parts: EngineParts): Engine {
  const commit = commitWith(parts);
  return {
    deployments: deploymentOperations(parts, commit),
    dryRun: () => dryRunOf(parts),
    jobs: jobOperations(parts, commit),
    savepoints: savepointOperations(parts, commit),
    strays: strayOperations(parts, commit),
    retention: retentionOperations(parts),
  };
}
