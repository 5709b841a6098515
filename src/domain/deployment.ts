import type { Artifact } from './artifact.ts';
import type { RestartHistory } from './restarts.ts';
import type { PartialSpec } from './deployment-defaults.ts';

export const DESIRED_STATES = ['RUNNING', 'SUSPENDED', 'CANCELLED'] as const;
export type DesiredState = (typeof DESIRED_STATES)[number];

export const UPGRADE_STRATEGIES = ['NONE', 'STATELESS', 'STATEFUL'] as const;
type UpgradeStrategy = (typeof UPGRADE_STRATEGIES)[number];

export const RESTORE_STRATEGIES = ['NONE', 'LATEST_SAVEPOINT', 'LATEST_STATE'] as const;

interface RestoreStrategy {
  readonly kind: (typeof RESTORE_STRATEGIES)[number];
  readonly allowNonRestoredState?: boolean;
  /** A Duration: a Job is never started from older state than this. */
  readonly maxStateAge?: string;
}

/** What a Deployment is, seen from outside. TRANSITIONING: on the way to the desired state. */
export const DEPLOYMENT_STATES = ['RUNNING', 'SUSPENDED', 'CANCELLED', 'TRANSITIONING', 'FAILED', 'FINISHED'] as const;
export type DeploymentState = (typeof DEPLOYMENT_STATES)[number];

export interface DeploymentTemplate {
  readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> };
  readonly spec: {
    readonly artifact: Artifact;
    readonly parallelism: number;
    readonly numberOfTaskManagers?: number;
    readonly resources?: unknown;
    readonly flinkConfiguration?: Readonly<Record<string, string>>;
    readonly logging?: unknown;
    readonly kubernetes?: unknown;
  };
}

export interface DeploymentSpec {
  readonly state: DesiredState;
  readonly upgradeStrategy: { readonly kind: UpgradeStrategy };
  readonly restoreStrategy: RestoreStrategy;
  readonly deploymentTargetId: string;
  readonly deploymentTargetName: string;
  readonly maxJobCreationAttempts: number;
  readonly maxSavepointCreationAttempts: number;
  /** A Duration (`duration.ts`): a failure older than this no longer counts. */
  readonly jobFailureExpirationTime: string;
  readonly template: DeploymentTemplate;
}

/**
 * How the last Job ended, since the user's last act. endUnobserved: it is gone and nobody saw how; stateUnknown: it failed, and the state that it
 * left behind cannot be found.
 */
export type Outcome = 'terminated' | 'finished' | 'failed' | 'endUnobserved' | 'stateUnknown';

/** Why a Deployment is FAILED. */
export interface DeploymentFailure {
  readonly reason: 'JobsFailed' | 'EndUnobserved' | 'SavepointsFailed' | 'StateUnknown' | 'StateTooOld';
  readonly message: string;
}

export interface FailureMemory {
  readonly at: Date;
  /** False where the Job had STARTED and its JobManager was lost: that lengthens the wait, no more. */
  readonly counts: boolean;
  /** Of the Job that failed, with this failure, in the newest one: a program that loops goes on doing so in the next Job. */
  readonly restartHistory?: RestartHistory;
}

export interface Deployment {
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly displayName?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly spec: DeploymentSpec;
  /** The defaults that it was made with: what a PUT leaves out is as they say, whatever they became since. Absent: there were none. */
  readonly defaults?: PartialSpec;
  /** Canonical hash of the template: what a Job is compared with to see a change. */
  readonly templateHash: string;
  readonly createdAt: Date;
  readonly modifiedAt: Date;

  readonly state: DeploymentState;
  readonly transitionAt: Date;
  /** Outcome and failures count since the user's last act. */
  readonly outcome?: Outcome;
  readonly failures: readonly FailureMemory[];
  /** Failed tries to stop the Job with a savepoint, since the user's last act. */
  readonly savepointFailures: readonly { readonly at: Date; readonly message: string }[];
  /** Why it is FAILED; from then on only an act of the user moves it. */
  readonly failure?: DeploymentFailure;
  /** Within a STATEFUL upgrade: the next Job starts from the newest state, whatever the restore strategy. */
  readonly keepsState?: true;
  /** Of a STATELESS upgrade: state of Jobs that were made earlier is not used any more. */
  readonly freshSince?: Date;

  readonly dueAt?: Date;
  readonly deletedAt?: Date;
  /** The version that the last change by a user made (spec, labels, annotations, name to show): what preconditions compare with. */
  readonly specVersion: number;
  readonly version: number;
}
