import type { Artifact } from './artifact.ts';
import type { PartialSpec } from './deployment-defaults.ts';

export const DESIRED_STATES = ['RUNNING', 'CANCELLED'] as const;
export type DesiredState = (typeof DESIRED_STATES)[number];

export const UPGRADE_STRATEGIES = ['NONE', 'STATELESS'] as const;
type UpgradeStrategy = (typeof UPGRADE_STRATEGIES)[number];

/** What a Deployment is, seen from outside. TRANSITIONING: on the way to the desired state. */
export const DEPLOYMENT_STATES = ['RUNNING', 'CANCELLED', 'TRANSITIONING', 'FAILED', 'FINISHED'] as const;
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
  readonly restoreStrategy: { readonly kind: 'NONE'; readonly allowNonRestoredState?: boolean };
  readonly deploymentTargetId: string;
  readonly deploymentTargetName: string;
  readonly maxJobCreationAttempts: number;
  /** Kept for VVP's clients; without effect until Savepoints come. */
  readonly maxSavepointCreationAttempts?: number;
  /** A Duration (`duration.ts`): a failure older than this no longer counts. */
  readonly jobFailureExpirationTime: string;
  readonly template: DeploymentTemplate;
}

/** How the last Job ended, since the user's last act. endUnobserved: it is gone and nobody saw how. */
export type Outcome = 'terminated' | 'finished' | 'failed' | 'endUnobserved';

export interface FailureMemory {
  readonly at: Date;
  /** False where the Job had STARTED and its JobManager was lost: that lengthens the wait, no more. */
  readonly counts: boolean;
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

  readonly dueAt?: Date;
  readonly deletedAt?: Date;
  /** The version that the last change by a user made (spec, labels, annotations, name to show): what preconditions compare with. */
  readonly specVersion: number;
  readonly version: number;
}
