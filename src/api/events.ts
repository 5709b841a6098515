import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Event } from '../domain/event.ts';
import type { ApiParts } from './parts.ts';
import { answers, Id, listOf, listSchema, strict, Time } from './resource.ts';

const PAGE = 500;

const Query = Type.Object(
  {
    deploymentId: Type.Optional(Id),
    jobId: Type.Optional(Id),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 5000, description: `How many at most. Omitted: ${PAGE}.` })),
    continue: Type.Optional(Id),
  },
  strict,
);

const EventSchema = Type.Object(
  {
    apiVersion: Type.Literal('v1'),
    kind: Type.Literal('Event'),
    metadata: Type.Object({
      id: Id,
      namespace: Type.String(),
      name: Type.String({ description: "VVP's event names." }),
      createdAt: Time,
      deploymentId: Id,
      jobId: Type.Optional(Id),
      resourceVersion: Type.Integer({ description: 'The number of the event, gapless for each Deployment, from 1.' }),
    }),
    spec: Type.Object({ message: Type.String() }),
  },
  { title: 'Event' },
);

/** `/events`: what happened, oldest first, in pages. */
export function eventRoutes(app: FastifyInstance, { store }: ApiParts): void {
  app.get<{ Params: { namespace: string }; Querystring: { deploymentId?: string; jobId?: string; limit?: number; continue?: string } }>(
    '/events',
    { schema: { querystring: Query, ...answers({ 200: listSchema('Event', EventSchema) }) } },
    async ({ params: { namespace }, query: { deploymentId, jobId, limit = PAGE, continue: after } }) => {
      const filter = {
        ...(deploymentId === undefined ? {} : { deploymentId: deploymentId.toLowerCase() }),
        ...(jobId === undefined ? {} : { jobId: jobId.toLowerCase() }),
      };
      const page = { limit: limit + 1, ...(after === undefined ? {} : { after: after.toLowerCase() }) };
      const found = await store.events(namespace, filter, page);
      const events = found.slice(0, limit);
      return listOf('Event', events.map(viewEvent), found.length > limit ? events.at(-1)?.id : undefined);
    },
  );
}

const viewEvent = (event: Event) => ({
  apiVersion: 'v1' as const,
  kind: 'Event' as const,
  metadata: {
    id: event.id,
    namespace: event.namespace,
    name: event.name,
    createdAt: event.createdAt.toISOString(),
    deploymentId: event.deploymentId,
    ...(event.jobId === undefined ? {} : { jobId: event.jobId }),
    resourceVersion: event.number,
  },
  spec: { message: event.message },
});
