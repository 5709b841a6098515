import type { Deployment, DeploymentSpec } from '../../src/domain/deployment.ts';
import type { Job } from '../../src/domain/job.ts';
import type { Limits } from '../../src/domain/limits.ts';
import type { Savepoint } from '../../src/domain/savepoint.ts';
import type { DeploymentTarget, TargetReference } from '../../src/domain/target.ts';
import type { Regime } from '../../src/domain/regime.ts';
import type { Seen } from '../../src/domain/sighting.ts';
import type { Listener } from '../../src/ports/listener.ts';
import type { Log } from '../../src/ports/log.ts';

/** A moment in a test's world, and others by their distance to it. */
export const NOW = new Date('2026-01-01T12:00:00.000Z');
export const after = (ms: number): Date => new Date(NOW.getTime() + ms);

export const MINUTE = 60_000;

export const LIMITS: Limits = {
  startDeadlineMs: 10 * MINUTE,
  submissionWindowMs: 5 * MINUTE,
  recoveryGraceMs: 5 * MINUTE,
  failureBackoffFirstMs: 5000,
  failureBackoffMostMs: 5 * MINUTE,
  savepointReadyMs: 2 * MINUTE,
  observationMaxAgeMs: 15_000,
};

const TARGET_ID = '01900000-0000-7000-8000-000000000001';

/** What is known of a target whose cluster is at `url`. */
export const targetAt = (url: string): TargetReference => ({
  id: TARGET_ID,
  namespace: 'default',
  name: 'local',
  spec: { session: { url } },
});
export const DEPLOYMENT_ID = '01900000-0000-7000-8000-000000000002';
export const SAVEPOINT_ID = '01900000-0000-7000-8000-000000000004';
export const JOB_ID = '01900000-0000-7000-8000-000000000003';

export const aTarget = (given: Partial<DeploymentTarget> = {}): DeploymentTarget => ({
  id: TARGET_ID,
  namespace: 'default',
  name: 'local',
  spec: { session: { url: 'http://localhost:8081' } },
  labels: {},
  annotations: {},
  hash: 0,
  createdAt: NOW,
  modifiedAt: NOW,
  version: 1,
  ...given,
});

export const aSpec = (given: Partial<DeploymentSpec> = {}): DeploymentSpec => ({
  state: 'RUNNING',
  upgradeStrategy: { kind: 'STATELESS' },
  restoreStrategy: { kind: 'NONE' },
  deploymentTargetId: TARGET_ID,
  deploymentTargetName: 'local',
  maxJobCreationAttempts: 4,
  maxSavepointCreationAttempts: 4,
  jobFailureExpirationTime: '1h',
  template: { spec: { artifact: { kind: 'JAR', jarUri: 'file:/jobs/counting.jar' }, parallelism: 1 } },
  ...given,
});

export const aDeployment = ({
  spec,
  ...given
}: Partial<Omit<Deployment, 'spec'>> & { spec?: Partial<DeploymentSpec> } = {}): Deployment => ({
  id: DEPLOYMENT_ID,
  namespace: 'default',
  name: 'counting',
  labels: {},
  annotations: {},
  spec: aSpec(spec),
  templateHash: 'template',
  createdAt: NOW,
  modifiedAt: NOW,
  state: 'TRANSITIONING',
  transitionAt: NOW,
  failures: [],
  savepointFailures: [],
  specVersion: 1,
  version: 1,
  ...given,
});

export const aJob = (given: Partial<Job> = {}): Job => ({
  id: JOB_ID,
  namespace: 'default',
  deploymentId: DEPLOYMENT_ID,
  deploymentName: 'counting',
  targetId: TARGET_ID,
  annotations: {},
  spec: {
    artifact: { kind: 'JAR', jarUri: 'file:/jobs/counting.jar' },
    parallelism: 1,
    allowNonRestoredState: false,
    flinkConfiguration: {},
    userFlinkConfiguration: {},
    deploymentTarget: targetAt('http://localhost:8081'),
  },
  specHash: 'spec',
  templateHash: 'template',
  createdAt: NOW,
  modifiedAt: NOW,
  state: 'STARTING',
  startDeadlineAt: after(LIMITS.startDeadlineMs),
  submission: 'none',
  attempt: 0,
  transitionAt: NOW,
  restarts: 0,
  restartBase: 0,
  reachChangedAt: NOW,
  observedAt: NOW,
  version: 1,
  ...given,
});

/** One that is to be taken of the Job. */
export const aSavepoint = (given: Partial<Savepoint> = {}): Savepoint => ({
  id: SAVEPOINT_ID,
  namespace: 'default',
  deploymentId: DEPLOYMENT_ID,
  jobId: JOB_ID,
  jobMadeAt: NOW,
  targetId: TARGET_ID,
  origin: 'USER_REQUEST',
  annotations: {},
  state: 'STARTED',
  createdAt: NOW,
  modifiedAt: NOW,
  version: 1,
  ...given,
});

/** A Job whose jar was sent to JobManager `jm-1`, and the submission answered. */
export const aSubmittedJob = (given: Partial<Job> = {}): Job =>
  aJob({
    submission: 'settled',
    attempt: 1,
    fingerprint: 'jm-1',
    submissionOpenUntil: after(LIMITS.submissionWindowMs),
    artifactSha256: 'a'.repeat(64),
    ...given,
  });

/** A log that keeps nothing. */
/** What a look shows of a Job that runs. */
export const aSeen = (given: Partial<Seen> = {}): Seen => ({
  flinkWord: 'RUNNING',
  flinkStartedAtMs: 1,
  restarts: 0,
  restartBase: 0,
  restartHistory: undefined,
  checkpoints: undefined,
  isNewCheckpoint: false,
  unreachable: undefined,
  missing: undefined,
  fingerprint: 'jm-1',
  waitingFor: undefined,
  isLook: true,
  ...given,
});

/** A listener that listens to nothing. */
export const deaf: Listener = {
  jobMoved: () => undefined,
  staleWrite: () => undefined,
  commandEnded: () => undefined,
  requeued: () => undefined,
  swept: () => undefined,
  observed: () => undefined,
  flinkAsked: () => undefined,
  breakerMoved: () => undefined,
  targetLooked: () => undefined,
  strayCancelled: () => undefined,
  deleted: () => undefined,
  cleaned: () => undefined,
};

export const aRegime = (given: Partial<Regime> = {}): Regime => ({
  probeIntervalMs: 5000,
  shards: 1,
  repairIntervalMs: 10_000,
  retention: { rememberIdsMs: 7 * 24 * 60 * MINUTE },
  ...given,
});

export const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
