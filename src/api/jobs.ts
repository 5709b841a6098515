import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { JobListSchema, JobSchema, viewJob } from './job-view.ts';
import type { ApiParts } from './parts.ts';
import { sendResource } from './preconditions.ts';
import { absent, answers, Id, isUuid, listOf, strict } from './resource.ts';

const Query = Type.Object({ deploymentId: Type.Optional(Id) }, strict);

/** `/jobs`: read-only. Jobs are made, changed and deleted by Drey alone. */
export function jobRoutes(app: FastifyInstance, { store }: ApiParts): void {
  app.get<{ Params: { namespace: string }; Querystring: { deploymentId?: string } }>(
    '/jobs',
    { schema: { querystring: Query, ...answers({ 200: JobListSchema }) } },
    async ({ params: { namespace }, query: { deploymentId } }) =>
      listOf(
        'Job',
        (await store.jobs(namespace, deploymentId === undefined ? {} : { deploymentId: deploymentId.toLowerCase() })).map(viewJob),
      ),
  );

  app.get<{ Params: { namespace: string; id: string } }>(
    '/jobs/:id',
    { schema: answers({ 200: JobSchema }) },
    async ({ params: { namespace, id } }, reply) => {
      const found = isUuid(id) ? await store.job(id.toLowerCase()) : undefined;
      // The Jobs of a deleted Deployment go with it, also while their rows wait for the cleanup.
      const deployment = found === undefined ? undefined : await store.deployment(namespace, found.job.deploymentId);
      if (found?.job.namespace !== namespace || deployment === undefined) throw absent('Job', id);
      return sendResource(reply, 200, viewJob(found.job));
    },
  );
}
