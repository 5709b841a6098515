import type { Artifact } from './artifact.ts';
import type { RestartHistory } from './restarts.ts';
import type { SqlSession, SqlTables } from './sql-session.ts';
import type { TargetReference } from './target.ts';

/** The states of a Job (VVP 2.x). A final state is never left. */
export const JOB_STATES = {
  STARTING: { final: false, meaning: 'resources are being requested from the target and the job is being submitted to it' },
  STARTED: { final: false, meaning: 'Flink reported the job RUNNING with all its tasks running' },
  TERMINATING: { final: false, meaning: 'the job is being terminated' },
  TERMINATED: { final: true, meaning: 'the job was terminated, as wanted' },
  FAILED: { final: true, meaning: 'the target or Flink reported an unrecoverable failure' },
  FINISHED: { final: true, meaning: 'the job ended by itself, successfully' },
} as const;

export type JobState = keyof typeof JOB_STATES;

export const isFinal = (state: JobState): boolean => JOB_STATES[state].final;

/** Flink's own words for the state of a job (org.apache.flink.api.common.JobStatus). */
export const FLINK_WORDS = [
  'INITIALIZING',
  'CREATED',
  'RUNNING',
  'FAILING',
  'FAILED',
  'CANCELLING',
  'CANCELED',
  'FINISHED',
  'RESTARTING',
  'SUSPENDED',
  'RECONCILING',
] as const;

export type FlinkWord = (typeof FLINK_WORDS)[number];

/** True while a Flink job in this state may still do something. */
export const isAlive = (word: FlinkWord): boolean => word !== 'FINISHED' && word !== 'FAILED' && word !== 'CANCELED';

/** What a Job runs. Written once, when the Job is made; the database refuses any change. */
export interface JobSpec {
  readonly artifact: Artifact;
  readonly parallelism: number;
  readonly allowNonRestoredState: boolean;
  /** The snapshot that its state is restored from. */
  readonly savepointLocation?: string;
  readonly numberOfTaskManagers?: number;
  /** What Flink is given: the user's part and Drey's. */
  readonly flinkConfiguration: Readonly<Record<string, string>>;
  readonly userFlinkConfiguration: Readonly<Record<string, string>>;
  readonly resources?: unknown;
  readonly logging?: unknown;
  readonly kubernetes?: unknown;
  /** A copy of the target as it was, without credentials. */
  readonly deploymentTarget: Omit<TargetReference, 'namespace'>;
}

/** Why a Job is FAILED: `reason` is one of a few words, `message` says what was seen and where. */
export interface JobFailure {
  readonly reason: FailureReason;
  readonly message: string;
}

type FailureReason =
  | 'SubmissionRefused'
  | 'ArtifactUnavailable'
  | 'SecretMissing'
  | 'ScriptRefused'
  | 'StartDeadlineExceeded'
  | 'JobFailed'
  | 'JobManagerLost'
  | 'EndUnobserved'
  | 'CancelledByOthers';

/**
 * How far the submission of a Job has come (`docs/how-it-works.md`, Submissions in doubt).
 * none: nothing was ever sent; inDoubt: sent, and not answered; settled: answered, or its Flink job was seen.
 */
export type Submission = 'none' | 'inDoubt' | 'settled';

/** How a termination counts: `cancel` is wanted; `stopped`: its savepoint is complete, and its end is not seen yet; `fail` ends a Job that could not start. */
export type TerminateMode = 'cancel' | 'stopped' | 'fail';

/** What was seen when a Job moved last: which endpoint answered what, when, from which JobManager. */
export interface Evidence {
  /** Method and address, or the place of a file; absent where nobody was asked. */
  readonly endpoint?: string;
  readonly answer: string;
  /** When the look began. */
  readonly at: Date;
  /** The JobManager's incarnation. */
  readonly fingerprint?: string;
}

/** What Flink's metrics said of a job's checkpoints when they were read last. Flink counts anew in each JobManager. */
export interface Checkpoints {
  readonly completed: number;
  readonly failed: number;
  readonly lastPath?: string;
}

/** A final Job that may have left state behind, which nobody has looked for yet. */
export const isUnreleased = ({ state, releasedAt }: Pick<JobRecord, 'state' | 'releasedAt'>): boolean =>
  isFinal(state) && releasedAt === undefined;

/**
 * A jar is sent to one JobManager, and lost with it. A script is sent by the SQL Gateway, which translates it first and then tries again and again: it
 * arrives at whichever JobManager is there by then.
 */
export const isBoundToJobManager = ({ artifactSha256 }: Pick<JobRecord, 'artifactSha256'>): boolean => artifactSha256 !== undefined;

/** Of the Jobs of a Deployment that are not done with, the one with this id. */
export const heldJob = (held: { readonly job: Job | undefined; readonly unreleased: readonly Job[] }, id: string): Job | undefined =>
  [held.job, ...held.unreleased].find((one) => one?.id === id);

/** One immutable attempt to run a Deployment's template; at most one Flink job ever belongs to it. */
export interface Job extends JobRecord {
  /** Of the Deployment's template. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: JobSpec;
  /** Of a SQL script: what it reads and writes. Written once, with the intent to submit it. */
  readonly tables?: SqlTables;
}

/** All of a Job but what it is to run: enough to watch and to judge it. All times are the database's. */
export interface JobRecord {
  readonly id: string;
  readonly namespace: string;
  readonly deploymentId: string;
  readonly deploymentName: string;
  readonly targetId: string;
  /** Canonical hash of the spec, as of creation. */
  readonly specHash: string;
  /** Canonical hash of the Deployment's template that it was made from. */
  readonly templateHash: string;
  readonly createdAt: Date;
  readonly modifiedAt: Date;

  readonly state: JobState;
  /** When `state` changed last. */
  readonly transitionAt: Date;
  readonly terminateMode?: TerminateMode;
  readonly terminatingAt?: Date;
  readonly startDeadlineAt: Date;
  /** The Savepoint that is to stop it; while it is open, that Savepoint decides how the Job ends. */
  readonly stopId?: string;

  readonly submission: Submission;
  /** How many submissions were begun. */
  readonly attempt: number;
  /** The JobManager incarnation that was given this job, or that last showed it alive. */
  readonly fingerprint?: string;
  readonly submissionOpenUntil?: Date;
  /** The bytes that were submitted, pinned at the first fetch. */
  readonly artifactSha256?: string;
  /** Of a SQL script: the gateway's session that it is submitted by, until that is closed. */
  readonly sql?: SqlSession;

  /** What a STARTING Job waits for, or the last cause that kept it from being submitted. */
  readonly waitingFor?: string;
  readonly startedAt?: Date;
  readonly flinkWord?: FlinkWord | 'UNKNOWN';
  /** Flink's start-time of the job: a new JobManager that recovers it sets it anew. */
  readonly flinkStartedAtMs?: number;
  /** A lower bound of Flink's restarts, over all JobManagers; never falls. */
  readonly restarts: number;
  /** What it had come to when this JobManager began to count from zero. */
  readonly restartBase: number;
  /** When it was seen to grow; absent: never. */
  readonly restartHistory?: RestartHistory;
  readonly checkpoints?: Checkpoints;
  /** When the last completed checkpoint was first seen. */
  readonly checkpointAt?: Date;
  /** Why Flink could not be asked at the last look; absent when it answered. */
  readonly unreachable?: string;
  /** When that began, or ended. */
  readonly reachChangedAt: Date;
  /** Set by the first look-up that did not find the Flink job, cleared when it is seen. */
  readonly missing?: Missing;
  /** When the observation began that the row speaks of. */
  readonly observedAt: Date;

  readonly failure?: JobFailure;
  readonly evidence?: Evidence;
  /** Its command always failed, and is left alone for a while: why. */
  readonly setAside?: { readonly at: Date; readonly reason: string };
  readonly terminatedAt?: Date;
  /** When nothing of a final Job was left to do: the state that it left behind is recorded, and nothing is held for it. */
  readonly releasedAt?: Date;
  readonly version: number;
}

export interface Missing {
  readonly fingerprint: string;
  readonly since: Date;
}

/** The id under which this Job runs in Flink: the Job's own, without dashes. */
export const flinkJobId = (job: Pick<Job, 'id'>): string => job.id.replaceAll('-', '');

/** Where it runs. */
export const targetOf = ({ namespace, spec: { deploymentTarget } }: Job): TargetReference => ({ ...deploymentTarget, namespace });

/** The Job's id, of the id in Flink. */
export const jobIdOf = (flinkJobId: string): string => flinkJobId.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
