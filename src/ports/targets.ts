import type { Checkpoints, FlinkWord, Job } from '../domain/job.ts';
import type { Archived } from '../domain/observation.ts';
import type { SavepointOperation, StoredState } from '../domain/savepoint-sight.ts';
import type { TargetReference } from '../domain/target.ts';
import type { SqlGateway } from './sql.ts';
import type { SubmitAnswer } from './submit-answer.ts';

/** One Flink job as an overview lists it, or as it is found by its id. */
export interface ListedJob {
  readonly id: string;
  /** Where it was found by its id; absent in an overview. */
  readonly endpoint?: string;
  /** undefined: a word that Flink is not known to have. */
  readonly word: FlinkWord | undefined;
  readonly startedAtMs: number;
  /** When it or one of its tasks moved last, by Flink's clock; absent where Flink does not say. */
  readonly changedAtMs?: number;
  readonly tasksReady: boolean;
  /** In words, what its tasks do while they are not ready. */
  readonly progress?: string;
}

/** What one cluster showed at one moment. */
export interface ClusterView {
  /** The request behind it, for evidence. */
  readonly endpoint: string;
  /** Names one incarnation of the JobManager. */
  readonly fingerprint: string;
  readonly highAvailability: boolean;
  /** How long ago the request behind this view began, by the process's clock, when asked. */
  readonly ageMs: () => number;
  readonly jobs: ReadonlyMap<string, ListedJob>;
}

export type ApplicationState =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'running' }
  | { readonly kind: 'ended'; readonly endpoint: string; readonly status: 'FAILED' | 'CANCELED' | 'FINISHED'; readonly cause?: string };

/** What Flink's metrics say of a job, as far as they say it (yet). */
export interface JobMetrics {
  readonly restarts?: number;
  readonly checkpoints?: Checkpoints;
}

/** `triggerId` is 32 hex digits, new for every operation: a savepoint and a stop of one id are the same to Flink. */
export interface SavepointRequest {
  readonly triggerId: string;
  readonly directory: string;
  readonly stop: boolean;
}

/** Where Flink remembers a job's newest snapshots to be. */
export interface StatePaths {
  readonly savepoint?: string;
  readonly checkpoint?: string;
}

/** The bytes of a Job's artifact, where the daemon can read them. */
export interface FetchedArtifact {
  readonly path: string;
  readonly sha256: string;
}

/**
 * One cluster. All calls share its budget, connection pool and breaker. Each throws `clusterUnreachable` (refused, timed out, 5xx,
 * breaker open) or `clusterAnsweredOddly` (not understood), with the endpoint in the message; other outcomes are values.
 */
export interface Cluster {
  /** One overview, shared by all who ask while it waits to be sent: its request began after this call. */
  view(): Promise<ClusterView>;
  /** A job by its id, fresh; undefined: the cluster does not know it. For jobs that an overview omits. */
  find(flinkJobId: string): Promise<ListedJob | undefined>;
  /** The application that carries the id (Flink 2.3; `unknown` where there are none). */
  application(flinkJobId: string): Promise<ApplicationState>;
  /** Root cause of a FAILED job, in the user's words; undefined: the cluster does not tell it yet. */
  rootCause(flinkJobId: string): Promise<string | undefined>;
  /** Flink's counters of restarts and checkpoints. */
  metrics(flinkJobId: string): Promise<JobMetrics>;
  /** Puts the artifact on the cluster unless it is there. Resolves with what `submit` needs. */
  upload(artifact: FetchedArtifact): Promise<string>;
  /** A place among the submissions that the cluster is sent at once, to be released; undefined when all are taken. */
  submissionSlot(): (() => void) | undefined;
  /** The JobManager's incarnation, read anew: for the record of a submission. */
  fingerprint(): Promise<string>;
  /** Sends one submission, under the Job's own id. Never throws: what is not understood is in doubt. */
  submit(job: Job, uploaded: string): Promise<SubmitAnswer>;
  /** Asks Flink to cancel. 202, 404 and 409 are all fine: the probe tells what came of it. */
  cancel(flinkJobId: string): Promise<void>;
  /** Cancels the application (2.3): the fence against a submission that is still on its way. */
  cancelApplication(flinkJobId: string): Promise<void>;
  /** Asks for a savepoint, or with `stop` for the job to stop with one. Answered at once. The same trigger id within 5 minutes is the same operation. */
  savepoint(flinkJobId: string, request: SavepointRequest): Promise<void>;
  savepointOperation(flinkJobId: string, triggerId: string): Promise<SavepointOperation>;
  /** Paths of the newest completed savepoint and checkpoint that Flink remembers of a job (`/jobs/:id/checkpoints`); undefined: unknown job. */
  statePaths(flinkJobId: string): Promise<StatePaths | undefined>;
  /** Where the cluster keeps savepoints of jobs that do not say, by its configuration (execution.checkpointing.savepoint-dir, state.savepoints.dir). */
  savepointDirectory(): Promise<string | undefined>;
  /** The same for checkpoints (execution.checkpointing.dir, state.checkpoints.dir). */
  checkpointDirectory(): Promise<string | undefined>;
  /** Deletes a savepoint's files through Flink. One that is gone already is fine. Throws `conflict` with the cause when Flink could not. */
  disposeSavepoint(location: string): Promise<void>;
}

export interface TargetDriver {
  /** The cluster that runs Jobs of this target; the same object for the same target as long as the process lives. */
  cluster(target: TargetReference): Cluster;
  /** The SQL Gateway that submits to it. Throws `configuration` where its target names none. */
  sqlGateway(target: TargetReference): SqlGateway;
  /** A job's end from the archive folder that its target names; undefined where it names none, or the job is not in it. */
  archived(target: TargetReference, flinkJobId: string): Promise<Archived | undefined>;
  /** The newest whole snapshot (a folder with `_metadata`) of a Job below `directory`. `base` is the directory that must exist for "none" to be true. */
  storedState(directory: string, base: string, job: Pick<Job, 'id' | 'namespace'>): Promise<StoredState>;
  /** Fetches and hashes a Job's artifact; throws `artifactUnavailable` with the place and the remedy. */
  fetchArtifact(job: Job): Promise<FetchedArtifact>;
}
