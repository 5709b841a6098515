import type { DeploymentState, DesiredState } from '../domain/deployment.ts';
import type { FlinkWord, JobState } from '../domain/job.ts';

/** A Job as its own series show it. Times in seconds since 1970, by the database's clock. */
export interface JobSeries {
  readonly id: string;
  readonly namespace: string;
  readonly deployment: string;
  /** The name of its target. */
  readonly target: string;
  readonly state: JobState;
  readonly since: number;
  readonly flinkWord: FlinkWord | 'UNKNOWN' | undefined;
  readonly observedAt: number;
  readonly restarts: number;
  readonly checkpointsCompleted: number | undefined;
  readonly checkpointsFailed: number | undefined;
  readonly lastCheckpointAt: number | undefined;
}

/** A Deployment as its own series show it. */
export interface DeploymentSeries {
  readonly namespace: string;
  readonly deployment: string;
  readonly state: DeploymentState;
  readonly desired: DesiredState;
}

export interface Series<Row> {
  /** How many there are beyond those that were asked for. */
  readonly leftOut: number;
  readonly pages: AsyncIterable<readonly Row[]>;
}

/** What the metrics read of the database. Takes no locks; each throws errors of the catalogue only. */
export interface Figures {
  jobsByState(): Promise<ReadonlyMap<JobState, number>>;
  /** Jobs that are not final, then those that ended within the last hour, the latest first. At most `most`. */
  jobSeries(most: number): Promise<Series<JobSeries>>;
  /** Deployments that are not deleted, at most `most`. */
  deploymentSeries(most: number): Promise<Series<DeploymentSeries>>;
  /** Live Flink jobs that no Job stands for, by the name of the target: with an id of ours, or somebody else's. */
  strays(): Promise<readonly { readonly target: string; readonly owner: 'drey' | 'foreign'; readonly count: number }[]>;
}
