import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { answers, Id, Time, type ApiParts } from './resource.ts';

const Reason = Type.Enum(['NUMBER', 'AGE']);

const PlanSchema = Type.Object(
  {
    apiVersion: Type.Literal('v1'),
    kind: Type.Literal('RetentionPlan'),
    spec: Type.Object(
      {
        keepJobs: Type.Optional(Type.Integer({ description: 'Final Jobs that are kept of each Deployment.' })),
        jobsMaxAgeMs: Type.Optional(Type.Number()),
        keepEvents: Type.Optional(Type.Integer({ description: 'Events that are kept of each Deployment.' })),
        eventsMaxAgeMs: Type.Optional(Type.Number()),
        rememberIdsMs: Type.Number({ description: 'How long a Flink id is remembered after its Job was deleted.' }),
      },
      { description: 'The limits in effect.' },
    ),
    status: Type.Object({
      jobs: Type.Array(
        Type.Object({
          id: Id,
          namespace: Type.String(),
          deploymentId: Id,
          deploymentName: Type.String(),
          state: Type.String(),
          terminatedAt: Time,
          reason: Reason,
        }),
      ),
      events: Type.Array(Type.Object({ deploymentId: Id, deploymentName: Type.String(), namespace: Type.String(), count: Type.Integer() })),
    }),
  },
  { title: 'RetentionPlan' },
);

const RunSchema = Type.Object(
  {
    apiVersion: Type.Literal('v1'),
    kind: Type.Literal('RetentionRun'),
    status: Type.Object({ deletedJobs: Type.Array(Id), deletedEvents: Type.Integer() }),
  },
  { title: 'RetentionRun' },
);

/** `/retention`: what the limits would delete, and the deletion at once. */
export function retentionRoutes(app: FastifyInstance, { engine: { retention } }: ApiParts): void {
  app.get('/retention/plan', { config: { role: 'admin' }, schema: answers({ 200: PlanSchema }) }, async () => {
    const { limits, jobs, events } = await retention.plan();
    return {
      apiVersion: 'v1',
      kind: 'RetentionPlan',
      spec: limits,
      status: {
        jobs: jobs.map((job) => ({ ...job, terminatedAt: job.terminatedAt.toISOString() })),
        events: events.map(({ upTo, ...rest }) => rest),
      },
    };
  });

  app.post('/retention/run', { config: { role: 'admin' }, schema: answers({ 200: RunSchema }) }, async () => {
    const jobs = await retention.cleanJobs();
    const deletedEvents = await retention.cleanEvents();
    return { apiVersion: 'v1', kind: 'RetentionRun', status: { deletedJobs: jobs.map(({ id }) => id), deletedEvents } };
  });
}
