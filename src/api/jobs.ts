import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import { JOB_STATES, type Job, type JobState } from '../domain/job.ts';
import { JobListSchema, JobSchema, viewJob } from './job-schema.ts';
import { pageQuery, sendList } from './listing.ts';
import { absent, answers, Id, isUuid, sendResource, strict, takes, type ApiParts, type InNamespace } from './resource.ts';
import { checkedValue } from './validate.ts';

const StateFilter = Type.Unsafe<JobState>(Type.Enum(Object.keys(JOB_STATES)));

const Query = Type.Object({ deploymentId: Type.Optional(Id), state: Type.Optional(StateFilter), ...pageQuery }, strict);

const AbandonBody = Type.Object(
  { reason: Type.String({ minLength: 1, maxLength: 1000, description: 'Why nothing of it can run any more.' }) },
  { ...strict, title: 'AbandonBody' },
);

interface AtJob {
  Params: { namespace: string; id: string };
}

/** `/jobs`: Jobs are made, changed and deleted by Drey alone; a user may only tell that the cluster of one will never come back. */
export function jobRoutes(app: FastifyInstance, { store, engine }: ApiParts): void {
  const existing = async ({ namespace, id }: AtJob['Params']): Promise<Job> => {
    const found = isUuid(id) ? await store.job(id.toLowerCase()) : undefined;
    // The Jobs of a deleted Deployment go with it, also while their rows wait for the cleanup.
    const deployment = found === undefined ? undefined : await store.deployment(namespace, found.job.deploymentId);
    if (found?.job.namespace !== namespace || deployment === undefined) return absent('Job', id);
    return found.job;
  };

  app.get<InNamespace & { Querystring: Static<typeof Query> }>(
    '/jobs',
    { schema: { querystring: Query, ...answers({ 200: JobListSchema }) } },
    async ({ params: { namespace }, query }, reply) =>
      sendList(reply, query, {
        kind: 'Job',
        read: (page) => store.jobs(namespace, query, page),
        view: (jobs) => jobs.map(viewJob),
      }),
  );

  app.get<AtJob>('/jobs/:id', { schema: answers({ 200: JobSchema }) }, async ({ params }, reply) =>
    sendResource(reply, 200, viewJob(await existing(params))),
  );

  app.post<AtJob>(
    '/jobs/:id/abandon',
    { schema: { ...takes(AbandonBody), ...answers({ 200: JobSchema }) } },
    async ({ params, body }, reply) => {
      const job = await existing(params);
      const { reason } = checkedValue(AbandonBody, body);
      return sendResource(reply, 200, viewJob(await engine.jobs.abandon(job, reason)));
    },
  );
}
