import { Type } from 'typebox';
import { flinkJobId, FLINK_WORDS, JOB_STATES, type Job } from '../domain/job.ts';
import { ArtifactSchema } from './deployment-schema.ts';
import { Id, listSchema, resource, Texts, Time } from './resource.ts';

const Failure = Type.Object({
  message: Type.String({ description: 'What was seen, and where.' }),
  reason: Type.String(),
  failedAt: Time,
});

const Started = Type.Object({
  startedAt: Time,
  transitionTime: Time,
  lastUpdateTime: Type.Unsafe<string>({ ...Time, description: 'When Flink was last asked.' }),
  flinkJobId: Type.String({ description: "The Job's id without dashes." }),
  observedFlinkJobStatus: Type.Enum([...FLINK_WORDS, 'UNKNOWN']),
  observedFlinkJobRestarts: Type.Integer({ description: 'A lower bound of the restarts; never falls.' }),
});

/** A Job as it is answered. There is no way to send one. */
export const JobSchema = resource(
  'Job',
  Type.Object({
    id: Id,
    namespace: Type.String(),
    createdAt: Time,
    modifiedAt: Time,
    terminatedAt: Type.Optional(Time),
    deploymentId: Id,
    deploymentName: Type.String(),
    sessionClusterName: Type.String(),
    annotations: Texts('Free annotations.'),
    resourceVersion: Type.Integer(),
  }),
  Type.Object({
    artifact: ArtifactSchema,
    parallelism: Type.Integer(),
    allowNonRestoredState: Type.Boolean(),
    numberOfTaskManagers: Type.Optional(Type.Integer()),
    flinkConfiguration: Texts('What Flink is given.'),
    userFlinkConfiguration: Texts("The user's part of it."),
    resources: Type.Optional(Type.Unknown()),
    logging: Type.Optional(Type.Unknown()),
    kubernetes: Type.Optional(Type.Unknown()),
    deploymentTarget: Type.Object({ id: Id, name: Type.String(), spec: Type.Unknown() }),
  }),
  Type.Object({
    state: Type.Enum(Object.keys(JOB_STATES)),
    starting: Type.Optional(Type.Object({ waitingFor: Type.String() })),
    started: Type.Optional(Started),
    failure: Type.Optional(Failure),
  }),
);
export const JobListSchema = listSchema('Job', JobSchema);

/** A Job as VVP shows it; `status.starting` is Drey's own. */
export const viewJob = (job: Job) => ({
  apiVersion: 'v1' as const,
  kind: 'Job' as const,
  metadata: {
    id: job.id,
    namespace: job.namespace,
    createdAt: job.createdAt.toISOString(),
    modifiedAt: job.modifiedAt.toISOString(),
    ...(job.terminatedAt === undefined ? {} : { terminatedAt: job.terminatedAt.toISOString() }),
    deploymentId: job.deploymentId,
    deploymentName: job.deploymentName,
    sessionClusterName: job.spec.deploymentTarget.name,
    annotations: job.annotations,
    resourceVersion: job.version,
  },
  spec: job.spec,
  status: { state: job.state, ...starting(job), ...started(job), ...failure(job) },
});

const starting = ({ state, waitingFor }: Job) => (state === 'STARTING' && waitingFor !== undefined ? { starting: { waitingFor } } : {});

/** VVP's documentation says `startedAt` and its wire says `transitionTime`, so both are sent. */
function started(job: Job) {
  if (job.startedAt === undefined) return {};
  return {
    started: {
      startedAt: job.startedAt.toISOString(),
      transitionTime: job.startedAt.toISOString(),
      lastUpdateTime: job.observedAt.toISOString(),
      flinkJobId: flinkJobId(job),
      observedFlinkJobStatus: job.flinkWord ?? ('UNKNOWN' as const),
      observedFlinkJobRestarts: job.restarts,
    },
  };
}

/** A Job that is ended because it could not start failed when its end began. */
function failure({ failure: seen, terminateMode, terminatingAt, terminatedAt, modifiedAt }: Job) {
  if (seen === undefined) return {};
  const at = (terminateMode === 'fail' ? terminatingAt : terminatedAt) ?? modifiedAt;
  return { failure: { message: seen.message, reason: seen.reason, failedAt: at.toISOString() } };
}
