import { Type } from 'typebox';
import { dueOf } from '../domain/due.ts';
import { flinkJobId, FLINK_WORDS, JOB_STATES, type Job } from '../domain/job.ts';
import { ArtifactSchema } from './deployment-schema.ts';
import { DueSchema, Id, listSchema, resource, Texts, Time, view, viewDue } from './resource.ts';

const StartedSchema = Type.Object({
  startedAt: Time,
  transitionTime: Time,
  lastUpdateTime: Type.Unsafe<string>({ ...Time, description: 'When Flink was last asked.' }),
  flinkJobId: Type.String({ description: "The Job's id without dashes." }),
  observedFlinkJobStatus: Type.Enum([...FLINK_WORDS, 'UNKNOWN']),
  observedFlinkJobRestarts: Type.Integer({ description: 'A lower bound of the restarts; never falls.' }),
  checkpoints: Type.Optional(
    Type.Object(
      {
        completed: Type.Integer(),
        failed: Type.Integer(),
        lastPath: Type.Optional(Type.String()),
        lastSeenAt: Type.Optional(Time),
      },
      { description: 'Since the JobManager that runs it now does so.' },
    ),
  ),
});

const EvidenceSchema = Type.Object(
  {
    endpoint: Type.Optional(Type.String({ description: 'Who was asked.' })),
    answer: Type.String(),
    observedAt: Time,
    jobManager: Type.Optional(Type.String({ description: 'The incarnation of the JobManager that answered.' })),
  },
  { description: 'What was seen when the Job moved last.' },
);

const TableSchema = Type.Object({
  catalogName: Type.String(),
  databaseName: Type.String(),
  name: Type.String(),
  temporary: Type.Boolean(),
  columns: Type.Array(Type.Object({ name: Type.String(), type: Type.String() })),
  properties: Texts('Its WITH options; what may be a secret is masked.'),
});
const tables = (description: string) => Type.Optional(Type.Array(TableSchema, { description }));

const FailureSchema = Type.Object({
  message: Type.String({ description: 'What was seen, and where.' }),
  reason: Type.String(),
  failedAt: Time,
});

/** A Job as it is answered. There is no way to send one. */
export const JobSchema = resource(
  'Job',
  {
    deploymentId: Id,
    deploymentName: Type.String(),
    sessionClusterName: Type.String(),
    terminatedAt: Type.Optional(Time),
  },
  Type.Object({
    artifact: ArtifactSchema,
    parallelism: Type.Integer(),
    allowNonRestoredState: Type.Boolean(),
    savepointLocation: Type.Optional(Type.String({ description: 'What its state was restored from.' })),
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
    started: Type.Optional(StartedSchema),
    sourceTables: tables('Of a SQL script: what it reads, known before it is STARTED.'),
    sinkTables: tables('What it writes.'),
    stopping: Type.Optional(Type.Object({ savepointId: Id }, { description: 'It is being stopped with this Savepoint.' })),
    failure: Type.Optional(FailureSchema),
    evidence: Type.Optional(EvidenceSchema),
    due: Type.Optional(DueSchema),
  }),
);
export const JobListSchema = listSchema('Job', JobSchema);

/** A Job as VVP shows it; `status.starting`, `evidence` and `due` are Drey's own. */
export const viewJob = (job: Job) =>
  view(
    'Job',
    job,
    {
      deploymentId: job.deploymentId,
      deploymentName: job.deploymentName,
      sessionClusterName: job.spec.deploymentTarget.name,
      ...(job.terminatedAt === undefined ? {} : { terminatedAt: job.terminatedAt.toISOString() }),
    },
    job.spec,
    {
      state: job.state,
      ...starting(job),
      ...started(job),
      ...tablesOf(job),
      ...stopping(job),
      ...failure(job),
      ...evidence(job),
      ...viewDue(dueOf(job)),
    },
  );

const starting = ({ state, waitingFor }: Job) => (state === 'STARTING' && waitingFor !== undefined ? { starting: { waitingFor } } : {});

const tablesOf = ({ tables: found }: Job) => (found === undefined ? {} : { sourceTables: found.sources, sinkTables: found.sinks });

const stopping = ({ state, stopId }: Job) => (state === 'STARTED' && stopId !== undefined ? { stopping: { savepointId: stopId } } : {});

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
      ...checkpoints(job),
    },
  };
}

const checkpoints = ({ checkpoints: counted, checkpointAt }: Job) =>
  counted === undefined
    ? {}
    : { checkpoints: { ...counted, ...(checkpointAt === undefined ? {} : { lastSeenAt: checkpointAt.toISOString() }) } };

function evidence({ evidence: seen }: Job) {
  if (seen === undefined) return {};
  const { endpoint, answer, at, fingerprint } = seen;
  return {
    evidence: {
      ...(endpoint === undefined ? {} : { endpoint }),
      answer,
      observedAt: at.toISOString(),
      ...(fingerprint === undefined ? {} : { jobManager: fingerprint }),
    },
  };
}

/** A Job that is ended because it could not start failed when its end began. */
function failure({ state, failure: seen, terminateMode, terminatingAt, terminatedAt, modifiedAt }: Job) {
  if (seen === undefined || state === 'FINISHED') return {};
  const at = (terminateMode === 'fail' ? terminatingAt : terminatedAt) ?? modifiedAt;
  return { failure: { message: seen.message, reason: seen.reason, failedAt: at.toISOString() } };
}
