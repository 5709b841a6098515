import type { Deployment } from '../domain/deployment.ts';
import type { Command } from '../domain/due.ts';
import type { Event, NewEvent } from '../domain/event.ts';
import type { FlinkId } from '../domain/flink-id.ts';
import type { Job, JobRecord, JobState } from '../domain/job.ts';
import type { Regime } from '../domain/regime.ts';
import type { ExpiredEvents, ExpiredJob, RetentionLimits } from '../domain/retention.ts';
import type { Seen } from '../domain/sighting.ts';
import type { Savepoint } from '../domain/savepoint.ts';
import type { DeploymentTarget, TargetReference } from '../domain/target.ts';
import type { AccessStore } from './access.ts';
import type { DefaultsStore } from './defaults.ts';
import type { SecretStore } from './secrets.ts';
import type { KeyStore } from './idempotency.ts';
import type { WatchStore } from './watch.ts';

/** A Deployment locked by a transaction, and what its plan looks at. */
export interface Held {
  readonly deployment: Deployment;
  /** The Job that is active (not final). */
  readonly job: Job | undefined;
  /** Final Jobs that are not released. */
  readonly unreleased: readonly Job[];
  /** The open ones, and of the completed that its next Job may use the newest, and the newest that is no retained checkpoint. */
  readonly savepoints: readonly Savepoint[];
  /** That the Deployment names. */
  readonly target: DeploymentTarget | undefined;
}

/** What a decision leaves behind: rows that differ from what was held are written, new Jobs inserted, events appended. */
export interface Change {
  readonly deployment: Deployment;
  /** In the order in which they are to be written: the old Job ends before a new one begins. */
  readonly jobs: readonly Job[];
  /** As they were read, with what changed. */
  readonly savepoints?: readonly Savepoint[];
  readonly newSavepoints?: readonly Savepoint[];
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

export interface JobFilter {
  readonly deploymentId?: string;
  /** Only those of these Deployments. */
  readonly deploymentIds?: readonly string[];
  /** Only those that are not final. */
  readonly active?: true;
  readonly state?: JobState;
}

export interface Store extends AccessStore, SavepointStore, SecretStore, DefaultsStore, StrayStore, RetentionStore, KeyStore, WatchStore {
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
  /** In the order of their ids; without a page all of them. */
  deployments(namespace: string, page?: Page): Promise<Deployment[]>;
  deploymentVersion(id: string): Promise<number | undefined>;

  /** `namespace`: only one in it, and only while its Deployment is not deleted. */
  job(id: string, namespace?: string): Promise<JobNow | undefined>;
  /** In the order of their ids; without a page all of them. */
  jobs(namespace: string, filter: JobFilter, page?: Page): Promise<Job[]>;
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

  /** Commands whose time has come, from the rows, longest due first: of Deployments, Jobs, Savepoints and strays at most `limit` each, after the first `skip` of each. */
  dueCommands(limit: number, skip: number): Promise<Command[]>;

  events(namespace: string, filter: { deploymentId?: string; jobId?: string }, page: Page): Promise<Event[]>;

  /** Throws `conflict` when the name is taken, and `notFound` when the namespace is gone. */
  insertTarget(target: DeploymentTarget): Promise<void>;
  target(namespace: string, nameOrId: string): Promise<DeploymentTarget | undefined>;
  /** Also one that is deleted, as long as Flink ids on it are remembered. */
  targetById(id: string): Promise<DeploymentTarget | undefined>;
  targets(namespace: string): Promise<DeploymentTarget[]>;
  updateTarget(target: DeploymentTarget): Promise<DeploymentTarget>;
  /** Throws `conflict` while a Deployment refers to it. `dryRun`: does no more than that. */
  deleteTarget(target: DeploymentTarget, dryRun?: boolean): Promise<void>;

  /** Makes the settings hold for all daemons. */
  declareRegime(regime: Regime): Promise<void>;
  regime(): Promise<Regime>;

  now(): Promise<Date>;
  /** Rejects with `unavailable` when the database cannot be used. */
  ping(): Promise<void>;
}

interface SavepointStore {
  /** Also one whose files are being deleted. */
  savepoint(id: string): Promise<SavepointNow | undefined>;
  /** Those of Deployments that are not deleted, in the order of their ids; without a page all of them. */
  savepoints(namespace: string, filter: { deploymentId?: string; jobId?: string }, page?: Page): Promise<Savepoint[]>;
  savepointVersion(id: string): Promise<number | undefined>;
  /** Removes the row of one whose files are deleted. */
  deleteSavepoint(id: string): Promise<void>;
  /** Its command is not due before this long from now. */
  postponeSavepoint(id: string, ms: number): Promise<void>;
}

/** Flink jobs that live although their Jobs have ended. */
interface StrayStore {
  /** What is remembered of these Flink ids; nothing of those that Drey never made. */
  flinkIds(ids: readonly string[]): Promise<FlinkId[]>;
  /** The strays of a target that were alive when it was looked at last. */
  straysOf(targetId: string): Promise<FlinkId[]>;
  /** Marks one whose Deployment is gone; false when it was marked already. `change` marks the others. */
  markStray(flinkId: string): Promise<boolean>;
  /** They are over, but for those that were marked after the look began. Returns how many. */
  clearStrays(flinkIds: readonly string[], ageMs: number): Promise<number>;
  /** Its command is not due before this long from now. */
  postponeStray(flinkId: string, ms: number): Promise<void>;
  /** The targets of a namespace on which a stray was seen, also deleted ones. */
  strayTargets(namespace: string): Promise<DeploymentTarget[]>;
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

/** A Savepoint, and the database's time when it was read. */
export interface SavepointNow {
  readonly savepoint: Savepoint;
  readonly now: Date;
}

/** A Job, and the database's time when it was read. */
export interface JobNow {
  readonly job: Job;
  readonly now: Date;
}
