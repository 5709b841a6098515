import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import { flinkJobId, FLINK_WORDS, JOB_STATES, type Job } from '../domain/job.ts';
import { ArtifactSchema } from './deployment-schema.ts';
import { absent, answers, Id, isUuid, listOf, listSchema, resource, sendResource, strict, Texts, Time, view } from './resource.ts';
import type { ApiParts, InNamespace } from './resource.ts';

const Query = Type.Object({ deploymentId: Type.Optional(Id) }, strict);

const StartedSchema = Type.Object({
  startedAt: Time,
  transitionTime: Time,
  lastUpdateTime: Type.Unsafe<string>({ ...Time, description: 'When Flink was last asked.' }),
  flinkJobId: Type.String({ description: "The Job's id without dashes." }),
  observedFlinkJobStatus: Type.Enum([...FLINK_WORDS, 'UNKNOWN']),
  observedFlinkJobRestarts: Type.Integer({ description: 'A lower bound of the restarts; never falls.' }),
});

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
    failure: Type.Optional(FailureSchema),
  }),
);
export const JobListSchema = listSchema('Job', JobSchema);

/** `/jobs`: read-only. Jobs are made, changed and deleted by Drey alone. */
export function jobRoutes(app: FastifyInstance, { store }: ApiParts): void {
  app.get<InNamespace & { Querystring: Static<typeof Query> }>(
    '/jobs',
    { schema: { querystring: Query, ...answers({ 200: JobListSchema }) } },
    async ({ params, query }) => listOf('Job', (await store.jobs(params.namespace, query)).map(viewJob)),
  );

  app.get<{ Params: { namespace: string; id: string } }>(
    '/jobs/:id',
    { schema: answers({ 200: JobSchema }) },
    async ({ params: { namespace, id } }, reply) => {
      const found = isUuid(id) ? await store.job(id.toLowerCase()) : undefined;
      // The Jobs of a deleted Deployment go with it, also while their rows wait for the cleanup.
      const deployment = found === undefined ? undefined : await store.deployment(namespace, found.job.deploymentId);
      if (found?.job.namespace !== namespace || deployment === undefined) return absent('Job', id);
      return sendResource(reply, 200, viewJob(found.job));
    },
  );
}

/** A Job as VVP shows it; `status.starting` is Drey's own. */
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
    { state: job.state, ...starting(job), ...started(job), ...failure(job) },
  );

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
function failure({ state, failure: seen, terminateMode, terminatingAt, terminatedAt, modifiedAt }: Job) {
  if (seen === undefined || state === 'FINISHED') return {};
  const at = (terminateMode === 'fail' ? terminatingAt : terminatedAt) ?? modifiedAt;
  return { failure: { message: seen.message, reason: seen.reason, failedAt: at.toISOString() } };
}
