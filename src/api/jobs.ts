import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import { JOB_STATES, type Job, type JobState } from '../domain/job.ts';
import type { Page } from '../ports/store.ts';
import { JobListSchema, JobSchema, viewJob } from './job-schema.ts';
import { pageQuery, sendList, viewsOf } from './listing.ts';
import { absent, answers, Id, isUuid, sendResource, strict, takes, type InNamespace, type RouteParts } from './resource.ts';
import { checkedValue } from './validate.ts';
import { watchQuery } from './watch/watch.ts';

const StateFilter = Type.Unsafe<JobState>(Type.Enum(Object.keys(JOB_STATES)));

const Query = Type.Object({ deploymentId: Type.Optional(Id), state: Type.Optional(StateFilter), ...pageQuery, ...watchQuery }, strict);

const AbandonBody = Type.Object(
  { reason: Type.String({ minLength: 1, maxLength: 1000, description: 'Why nothing of it can run any more.' }) },
  { ...strict, title: 'AbandonBody' },
);

interface AtJob {
  Params: { namespace: string; id: string };
}

/** `/jobs`: Jobs are made, changed and deleted by Drey alone; a user may only tell that the cluster of one will never come back. */
export function jobRoutes(app: FastifyInstance, { store, engine, watch }: RouteParts): void {
  const watchJobs = watch.of({ rows: 'jobs', kind: 'Job', load: async (ids) => (await store.jobsByIds(ids)).map(viewJob) });

  const existing = async ({ namespace, id }: AtJob['Params']): Promise<Job> => {
    const found = isUuid(id) ? await store.job(id.toLowerCase(), namespace) : undefined;
    return found?.job ?? absent('Job', id);
  };

  app.get<InNamespace & { Querystring: Static<typeof Query> }>(
    '/jobs',
    { schema: { querystring: Query, ...answers({ 200: JobListSchema }) } },
    async (request, reply) => {
      const { query, params } = request;
      const listing = {
        kind: 'Job',
        read: (page: Page) => store.jobs(params.namespace, query, page),
        view: (jobs: readonly Job[]) => jobs.map(viewJob),
      };
      if (!watch.wanted(request)) return sendList(reply, query, listing);
      return watchJobs(request, reply, {
        all: () => viewsOf(listing),
        concerns: ({ metadata }) => query.deploymentId === undefined || metadata.deploymentId === query.deploymentId,
        accepts: ({ status }) => query.state === undefined || status.state === query.state,
      });
    },
  );

  app.get<AtJob>('/jobs/:id', { schema: answers({ 200: JobSchema }) }, async ({ params }, reply) =>
    sendResource(reply, 200, viewJob(await existing(params))),
  );

  app.post<AtJob>(
    '/jobs/:id/abandon',
    { config: { role: 'owner' }, schema: { ...takes(AbandonBody), ...answers({ 200: JobSchema }) } },
    async ({ params, body }, reply) => {
      const job = await existing(params);
      const { reason } = checkedValue(AbandonBody, body);
      return sendResource(reply, 200, viewJob(await engine.jobs.abandon(job, reason)));
    },
  );
}
