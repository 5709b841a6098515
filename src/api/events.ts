import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import type { Event } from '../domain/event.ts';
import { answers, Id, listOf, listSchema, strict, Time, type InNamespace, type RouteParts } from './resource.ts';
import { viewsOf } from './listing.ts';
import { watchQuery } from './watch/watch.ts';

const PAGE = 500;

const Query = Type.Object(
  {
    deploymentId: Type.Optional(Id),
    jobId: Type.Optional(Id),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 5000, description: `How many at most. Omitted: ${PAGE}.` })),
    continue: Type.Optional(Id),
    ...watchQuery,
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
export function eventRoutes(app: FastifyInstance, { store, watch }: RouteParts): void {
  const watchEvents = watch.of({ rows: 'events', kind: 'Event', load: async (ids) => (await store.eventsByIds(ids)).map(viewEvent) });

  app.get<InNamespace & { Querystring: Static<typeof Query> }>(
    '/events',
    { schema: { querystring: Query, ...answers({ 200: listSchema('Event', EventSchema) }) } },
    async (request, reply) => {
      const { namespace } = request.params;
      const { limit = PAGE, continue: after, ...filter } = request.query;
      if (watch.wanted(request)) {
        return watchEvents(request, reply, {
          all: () =>
            viewsOf({ kind: 'Event', read: (page) => store.events(namespace, filter, page), view: (events) => events.map(viewEvent) }),
          concerns: ({ metadata }) =>
            (filter.deploymentId ?? metadata.deploymentId) === metadata.deploymentId && (filter.jobId ?? metadata.jobId) === metadata.jobId,
        });
      }
      // One more than asked for, to know whether there is a next page.
      const found = await store.events(namespace, filter, { limit: limit + 1, ...(after === undefined ? {} : { after }) });
      const events = found.slice(0, limit);
      return listOf('Event', events.map(viewEvent), found.length > limit ? events.at(-1)?.id : undefined);
    },
  );
}

const viewEvent = ({ id, namespace, name, createdAt, deploymentId, jobId, number, message }: Event) => ({
  apiVersion: 'v1' as const,
  kind: 'Event' as const,
  metadata: {
    id,
    namespace,
    name,
    createdAt: createdAt.toISOString(),
    deploymentId,
    ...(jobId === undefined ? {} : { jobId }),
    resourceVersion: number,
  },
  spec: { message },
});
