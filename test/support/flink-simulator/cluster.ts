import type { JobManager } from './job-manager.ts';

/** What submissions and savepoints need to know of the simulated cluster. */
export interface SimulatedCluster {
  readonly version: '2.3.0' | '1.20.0';
  readonly slots: number;
  /** By their ids on the cluster. */
  readonly jars: Map<string, { readonly name: string; readonly uploaded: number }>;
  /** Holds the folders that the cluster is configured with, `checkpoints` and `savepoints`; without it there are none. */
  readonly stateFolder?: string | undefined;
  /** Savepoints stay in progress until the test ends them. */
  holdsSavepoints?: boolean;
  manager: JobManager;
  /** While this is unresolved every main() waits. */
  held: Promise<void>;
}
