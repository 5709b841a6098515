import type { DeploymentSpec, DeploymentState } from '../domain/deployment.ts';
import type { JobSpec, JobState } from '../domain/job.ts';
import type { SavepointState } from '../domain/savepoint.ts';
import type { SqlTable } from '../domain/sql-session.ts';

// What the server answers, as far as the command line looks at it. What is optional is not told by every server, or not always.

export interface Resource {
  readonly kind: string;
  readonly metadata: {
    readonly id: string;
    readonly name?: string;
    readonly createdAt: string;
    readonly modifiedAt?: string;
    readonly resourceVersion: number;
  };
  readonly spec?: unknown;
}

interface Due {
  readonly command: string;
  readonly at: string;
}

interface Failure {
  readonly message: string;
  readonly reason: string;
  readonly failedAt?: string;
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

export interface DeploymentView extends Resource {
  readonly metadata: Resource['metadata'] & { readonly name: string };
  readonly spec: DeploymentSpec;
  readonly status: {
    readonly state: DeploymentState;
    readonly running?: { readonly jobId: string; readonly transitionTime: string; readonly conditions?: readonly Condition[] };
    readonly failure?: Failure;
    readonly due?: Due;
  };
}

export interface JobView extends Resource {
  readonly metadata: Resource['metadata'] & {
    readonly deploymentId: string;
    readonly deploymentName: string;
    readonly sessionClusterName: string;
    readonly terminatedAt?: string;
  };
  readonly spec: Pick<JobSpec, 'parallelism' | 'artifact'> & { readonly savepointLocation?: string };
  readonly status: {
    readonly state: JobState;
    readonly starting?: { readonly waitingFor: string };
    readonly started?: {
      readonly startedAt: string;
      readonly lastUpdateTime: string;
      readonly flinkJobId: string;
      readonly observedFlinkJobStatus: string;
      readonly observedFlinkJobRestarts: number;
      readonly checkpoints?: {
        readonly completed: number;
        readonly failed: number;
        readonly lastPath?: string;
        readonly lastSeenAt?: string;
      };
    };
    readonly sourceTables?: readonly SqlTable[];
    readonly sinkTables?: readonly SqlTable[];
    readonly failure?: Failure;
    readonly evidence?: { readonly endpoint?: string; readonly answer: string; readonly observedAt: string; readonly jobManager?: string };
    readonly due?: Due;
  };
}

export interface SavepointView extends Resource {
  readonly metadata: Resource['metadata'] & { readonly deploymentId: string; readonly jobId?: string; readonly origin: string };
  readonly spec: { readonly savepointLocation?: string; readonly flinkSavepointId?: string };
  readonly status: {
    readonly state: SavepointState;
    readonly failure?: Failure;
    readonly completedAt?: string;
    readonly directory?: string;
    readonly due?: Due;
  };
}

export interface TargetView extends Resource {
  readonly metadata: Resource['metadata'] & { readonly name: string };
  readonly spec: Readonly<Record<string, { readonly url?: string } | undefined>>;
}

export interface DefaultsView extends Resource {
  readonly metadata: Resource['metadata'] & { readonly namespace: string };
}

export interface SecretView extends Resource {
  readonly metadata: Resource['metadata'] & { readonly name: string };
}

export interface EventView extends Resource {
  readonly metadata: Resource['metadata'] & { readonly name: string; readonly deploymentId: string; readonly jobId?: string };
  readonly spec: { readonly message: string };
}

export interface StrayView {
  readonly kind: string;
  readonly metadata: { readonly id: string };
  readonly spec: {
    readonly deploymentTargetName: string;
    readonly deploymentId?: string;
    readonly deploymentName?: string;
    readonly jobId?: string;
  };
  readonly status: { readonly flinkState: string; readonly startedAt: string; readonly owner: string };
}

export interface StrayList {
  readonly items: readonly StrayView[];
  readonly unreachable?: readonly { readonly deploymentTargetName: string; readonly message: string }[];
}

export interface ArtifactView {
  readonly filename: string;
  readonly uri: string;
  readonly createTime: string;
  readonly size: number;
  readonly sha256: string;
}

export interface RetentionPlan {
  readonly status: {
    readonly jobs: readonly {
      readonly id: string;
      readonly deploymentName: string;
      readonly state: string;
      readonly terminatedAt: string;
      readonly reason: string;
    }[];
    readonly events: readonly { readonly deploymentName: string; readonly count: number }[];
  };
}

export interface RetentionRun {
  readonly status: { readonly deletedJobs: readonly string[]; readonly deletedEvents: number };
}
