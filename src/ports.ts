import type { Command, CommandKind } from './domain/due.ts';
import type { Deployment, DeploymentState, DesiredState } from './domain/deployment.ts';
import type { Event, NewEvent } from './domain/event.ts';
import type { FlinkId } from './domain/flink-id.ts';
import type { Checkpoints, FlinkWord, Job, JobRecord, JobState } from './domain/job.ts';
import type { Archived } from './domain/observation.ts';
import type { Regime } from './domain/regime.ts';
import type { ExpiredEvents, ExpiredJob, RetentionLimits } from './domain/retention.ts';
import type { Seen } from './domain/sighting.ts';
import type { DeploymentTarget, TargetReference } from './domain/target.ts';

/** What the core needs from outside. Adapters: `store/`, `queue/`, `targets/`; the simulation brings its own in memory. */

// ---------------------------------------------------------------------------------------------------------------- store

/** A Deployment locked by a transaction, with the Job that is active (not final) and the target it names. */
export interface Held {
  readonly deployment: Deployment;
  readonly job: Job | undefined;
  readonly target: DeploymentTarget | undefined;
}

/** What a decision leaves behind: rows that differ from what was held are written, new Jobs inserted, events appended. */
export interface Change {
  readonly deployment: Deployment;
  /** In the order in which they are to be written: the old Job ends before a new one begins. */
  readonly jobs: readonly Job[];
  readonly events: readonly NewEvent[];
  /** Flink ids that were found alive although their Jobs have ended. */
  readonly strays?: readonly string[];
}

/** What a pass of the probe saw of a Job in which nothing but the record moves. */
export interface Sighting {
  /** As it was read before the look: another version of the row makes the sighting void. */
  readonly job: JobRecord;
  readonly seen: Seen;
  /** How long ago the look began (a failed one: ended), when asked. A row observed since makes the sighting void. */
  readonly ageMs: () => number;
}

export interface Page {
  readonly limit: number;
  /** The last id of the page before. */
  readonly after?: string;
}

export interface Store extends StrayStore, RetentionStore {
  /**
   * The one way in which state changes. Locks the Deployment, loads what it holds, calls `decide` with it and the database's
   * time, and writes the Change and its events in the same transaction, each row guarded by its version. `decide` must be pure:
   * it runs again after a deadlock or a stale write. Returns the Change as written (versions raised), or undefined when `decide`
   * returned undefined. Throws `notFound` when there is no such Deployment.
   */
  change(deploymentId: string, decide: (held: Held, now: Date) => Change | undefined): Promise<Change | undefined>;

  /** Inserts a Deployment and its events. Throws `conflict` when the name is taken in its namespace. */
  insertDeployment(deployment: Deployment, events: readonly NewEvent[]): Promise<void>;
  deployment(namespace: string, nameOrId: string): Promise<Deployment | undefined>;
  deployments(namespace: string): Promise<Deployment[]>;
  deploymentVersion(id: string): Promise<number | undefined>;

  job(id: string): Promise<JobNow | undefined>;
  /** `active`: only those that are not final. */
  jobs(namespace: string, filter: { deploymentId?: string; active?: true }): Promise<Job[]>;
  jobVersion(id: string): Promise<number | undefined>;
  /** The Jobs of a target that were submitted and are not final, and the database's time before they were read. */
  watchedJobs(targetId: string): Promise<{ jobs: JobRecord[]; now: Date }>;
  /** The targets of one of `shards` shards on which a Flink job of ours may live: those with remembered ids, also deleted ones. */
  busyTargets(shard: number, shards: number): Promise<TargetReference[]>;
  /** Flink ids that other Jobs of the same Deployment were submitted under. */
  earlierFlinkIds(job: JobRecord): Promise<string[]>;
  /** Writes what a STARTING Job waits for; no transition, no new version. */
  noteWaiting(jobId: string, waitingFor: string): Promise<void>;
  /** Writes a batch of sightings; those whose row moved or was observed since are dropped. Returns how many were written. */
  recordSightings(sightings: readonly Sighting[]): Promise<number>;

  /** Commands whose time has come, from the rows, longest due first: of Deployments, Jobs and strays at most `limit` each, after the first `skip` of each. */
  dueCommands(limit: number, skip: number): Promise<Command[]>;

  events(namespace: string, filter: { deploymentId?: string; jobId?: string }, page: Page): Promise<Event[]>;

  insertTarget(target: DeploymentTarget): Promise<void>;
  target(namespace: string, nameOrId: string): Promise<DeploymentTarget | undefined>;
  /** Also one that is deleted, as long as Flink ids on it are remembered. */
  targetById(id: string): Promise<DeploymentTarget | undefined>;
  targets(namespace: string): Promise<DeploymentTarget[]>;
  updateTarget(target: DeploymentTarget): Promise<DeploymentTarget>;
  /** Throws `conflict` while a Deployment refers to it. */
  deleteTarget(target: DeploymentTarget): Promise<void>;

  /** Makes the settings hold for all daemons. */
  declareRegime(regime: Regime): Promise<void>;
  regime(): Promise<Regime>;

  now(): Promise<Date>;
  /** Rejects with `unavailable` when the database cannot be used. */
  ping(): Promise<void>;
}

/** Flink jobs that live although their Jobs have ended. */
interface StrayStore {
  /** What is remembered of these Flink ids; nothing of those that Drey never made. */
  flinkIds(ids: readonly string[]): Promise<FlinkId[]>;
  /** The strays of a target that were alive when it was looked at last. */
  straysOf(targetId: string): Promise<FlinkId[]>;
  /** Marks one whose Deployment is gone; false when it was marked already. `change` marks the others. */
  markStray(flinkId: string): Promise<boolean>;
  /** They are over. */
  clearStrays(flinkIds: readonly string[]): Promise<void>;
  /** Notes how many Flink jobs of others live on a target. */
  noteForeign(targetId: string, count: number): Promise<void>;
}

/** What is deleted for good. Batches: locks are held shortly. */
export interface RetentionStore {
  /** Final Jobs beyond a limit, longest ended first, at most `most`. */
  expiredJobs(limits: RetentionLimits, most: number): Promise<ExpiredJob[]>;
  /** Deletes those of these Jobs that are final; their Flink ids are forgotten `rememberMs` later. Returns how many there were. */
  deleteJobs(ids: readonly string[], rememberMs: number): Promise<number>;
  expiredEvents(limits: RetentionLimits, most: number): Promise<ExpiredEvents[]>;
  /** Deletes the oldest events of a Deployment up to a number, at most `most`. Returns how many there were. */
  deleteEvents(deploymentId: string, upTo: number, most: number): Promise<number>;
  /** Removes a batch of what belongs to a deleted Deployment, at last itself; false when nothing is left. */
  purgeDeployment(id: string, most: number, rememberMs: number): Promise<boolean>;
  /** Forgets ids whose time is over, then deleted targets that no id names. Returns how many ids. */
  forgetFlinkIds(most: number): Promise<number>;
}

/** A Job, and the database's time when it was read. */
export interface JobNow {
  readonly job: Job;
  readonly now: Date;
}

// ---------------------------------------------------------------------------------------------------------------- queue

export interface CommandQueue {
  /** Something happened: runs the command as soon as possible (or after `delayMs`), once more if it is running now. Rejects when Redis is away; the row is the outbox. */
  wake(command: Command, delayMs?: number): Promise<void>;
  /** For repair and follow-up looks: runs the command unless one waits, runs or snoozes already. `slot` tells apart commands that may wait side by side. */
  ensure(command: Command, delayMs?: number, slot?: string): Promise<void>;
  ping(): Promise<void>;
}

// --------------------------------------------------------------------------------------------------------------- targets

/** One Flink job as an overview lists it, or as it is found by its id. */
export interface ListedJob {
  readonly id: string;
  /** Where it was found by its id; absent in an overview. */
  readonly endpoint?: string;
  /** undefined: a word that Flink is not known to have. */
  readonly word: FlinkWord | undefined;
  readonly startedAtMs: number;
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

/** How a submission was answered. */
export type SubmitAnswer =
  /** The Flink job exists under our id. */
  | { readonly kind: 'accepted' }
  /** main() runs in the background: still in doubt. */
  | { readonly kind: 'pending' }
  /** The id is in use: an earlier submission arrived. */
  | { readonly kind: 'duplicate' }
  /** Flink or main() refused it for good; `message` is the root cause. */
  | { readonly kind: 'refused'; readonly endpoint?: string; readonly message: string }
  /** It certainly did not reach Flink: try again later. */
  | { readonly kind: 'notSubmitted'; readonly message: string }
  /** Anything else: it may have arrived, or still arrive. */
  | { readonly kind: 'inDoubt'; readonly message: string };

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
  /** Root cause of a FAILED job, in the user's words. */
  rootCause(flinkJobId: string): Promise<string>;
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
}

export interface TargetDriver {
  /** The cluster that runs Jobs of this target; the same object for the same target as long as the process lives. */
  cluster(target: TargetReference): Cluster;
  /** A job's end from the archive folder that its target names; undefined where it names none, or the job is not in it. */
  archived(target: TargetReference, flinkJobId: string): Promise<Archived | undefined>;
  /** Fetches and hashes a Job's artifact; throws `artifactUnavailable` with the place and the remedy. */
  fetchArtifact(job: Job): Promise<FetchedArtifact>;
}

// ------------------------------------------------------------------------------------------------------------------- log

/** One line: constant message plus fields. Pino's shape. */
export interface Log {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

// -------------------------------------------------------------------------------------------------------------- listener

/** Is told what happens in this process, for metrics. Never throws, never waits. Durations and ages in milliseconds. */
export interface Listener {
  /** A Job was made (`from` is NONE) or moved; `tookMs`: since it was made or had moved before. */
  jobMoved(from: JobState | 'NONE', to: JobState, tookMs: number): void;
  /** A guarded write found another version: it is decided anew. */
  staleWrite(): void;
  commandEnded(kind: CommandKind, outcome: 'done' | 'snoozed' | 'failed' | 'setAside', tookMs: number): void;
  /** `repair` put commands back. */
  requeued(kind: CommandKind, count: number): void;
  /** A pass over a shard ended; `lagMs`: how long after its time it began. */
  swept(tookMs: number, lagMs: number): void;
  /** Observations were written, each of this age. */
  observed(agesMs: readonly number[]): void;
  /** A request to Flink ended; `endpoint` is the method and the path with names for its ids, `code` the status or why there is none. */
  flinkAsked(target: string, endpoint: string, code: string, tookMs: number): void;
  breakerMoved(target: string, state: 'closed' | 'open' | 'halfOpen'): void;
  /** A look at a target's cluster succeeded or failed. */
  targetLooked(target: string, isUp: boolean): void;
  strayCancelled(): void;
  /** The cleanup deleted this many of a kind. */
  deleted(kind: 'jobs' | 'events' | 'deployments' | 'ids', count: number): void;
  /** A whole cleanup of a kind succeeded, and this many wait for the next. */
  cleaned(kind: 'jobs' | 'events', pending: number): void;
}

// --------------------------------------------------------------------------------------------------------------- figures

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

/** The commands of one kind in the queue. */
export interface QueuedCommands {
  readonly kind: CommandKind;
  readonly counts: Readonly<Record<'waiting' | 'active' | 'delayed', number>>;
  /** For how long the one that waits longest could have run; 0 where none waits. */
  readonly oldestPendingMs: number;
}

export interface QueueFigures {
  commands(): Promise<readonly QueuedCommands[]>;
}
