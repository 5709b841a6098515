import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import { dueOfSavepoint } from '../domain/due.ts';
import { SAVEPOINT_ORIGINS, SAVEPOINT_STATES, triggerId, type Savepoint } from '../domain/savepoint.ts';
import type { Page } from '../ports/store.ts';
import { pageQuery, sendList, viewsOf } from './listing.ts';
import { expectedVersion } from './preconditions.ts';
import { ruled } from '../schema/faults.ts';
import {
  absent,
  answers,
  bodyOf,
  ChangeQuery,
  DueSchema,
  Id,
  isUuid,
  listSchema,
  resource,
  sendResource,
  strict,
  takes,
  Time,
  view,
  viewDue,
  type Change,
  type InNamespace,
  type RouteParts,
} from './resource.ts';
import { checkedBody, type BodyRules } from './validate.ts';
import { watchQuery } from './watch/watch.ts';

const Query = Type.Object({ deploymentId: Type.Optional(Id), jobId: Type.Optional(Id), ...pageQuery, ...watchQuery }, strict);

const SpecSchema = Type.Object({
  savepointLocation: Type.Optional(Type.String({ description: 'Where it lies.' })),
  flinkSavepointId: Type.String({ description: 'The id under which Flink is asked for it.' }),
});

const SavepointSchema = resource(
  'Savepoint',
  { deploymentId: Id, jobId: Type.Optional(Id), origin: Type.Enum([...SAVEPOINT_ORIGINS]) },
  SpecSchema,
  Type.Object({
    state: Type.Enum(Object.keys(SAVEPOINT_STATES)),
    failure: Type.Optional(Type.Object({ message: Type.String(), reason: Type.String(), failedAt: Time })),
    completedAt: Type.Optional(Time),
    directory: Type.Optional(Type.String({ description: 'Its own: Flink is asked to write it here.' })),
    due: Type.Optional(DueSchema),
  }),
);

/** Flink takes a path as it is, so anything else than a whole one would only fail later. */
const locationFault = (text: string): string | undefined =>
  /^[a-z][a-z0-9+.-]*:\/\S/i.test(text) && text.length <= 4000
    ? undefined
    : `"${text.slice(0, 80)}" is not the URI of a savepoint, such as file:///path/savepoint-1 or s3://bucket/path/savepoint-1`;

const SavepointBody = bodyOf(
  'Savepoint',
  () => 'a Savepoint has no name; leave it out',
  Type.Optional(
    Type.Object(
      {
        savepointLocation: Type.Optional(ruled('Where one lies already: it is recorded as COPIED, and none is taken.', locationFault)),
        flinkSavepointId: Type.Optional(Type.Unknown({ readOnly: true, description: 'Owned by the server: accepted and ignored.' })),
      },
      strict,
    ),
  ),
  {
    deploymentId: Id,
    jobId: Type.Optional(Type.Unknown({ readOnly: true, description: 'Owned by the server: accepted and ignored.' })),
    origin: Type.Optional(Type.Enum(['USER_REQUEST', 'COPIED'])),
  },
);

const RULES: BodyRules<typeof SavepointBody> = { kind: 'Savepoint', schema: SavepointBody, later: [], isNamed: false };

interface AtSavepoint {
  Params: { namespace: string; id: string };
}

/** `/savepoints`: where the state of Jobs lies. A user may ask for one, record one from elsewhere, and delete those that nothing needs. */
export function savepointRoutes(app: FastifyInstance, { store, engine, watch }: RouteParts): void {
  const watchSavepoints = watch.of({
    rows: 'savepoints',
    kind: 'Savepoint',
    load: async (ids) => (await store.savepointsByIds(ids)).map(viewSavepoint),
  });

  const operationsOf = ({ query }: { query: Change['Querystring'] }) =>
    query.dryRun === true ? engine.dryRun().savepoints : engine.savepoints;

  const existing = async ({ namespace, id }: AtSavepoint['Params']): Promise<Savepoint> => {
    const found = isUuid(id) ? (await store.savepoint(id.toLowerCase()))?.savepoint : undefined;
    const deployment = found === undefined ? undefined : await store.deployment(namespace, found.deploymentId);
    if (found?.namespace !== namespace || found.deletedAt !== undefined || deployment === undefined) return absent('Savepoint', id);
    return found;
  };

  app.get<InNamespace & { Querystring: Static<typeof Query> }>(
    '/savepoints',
    { schema: { querystring: Query, ...answers({ 200: listSchema('Savepoint', SavepointSchema) }) } },
    async (request, reply) => {
      const { query, params } = request;
      const listing = {
        kind: 'Savepoint',
        read: (page: Page) => store.savepoints(params.namespace, query, page),
        view: (savepoints: readonly Savepoint[]) => savepoints.map(viewSavepoint),
      };
      if (!watch.wanted(request)) return sendList(reply, query, listing);
      return watchSavepoints(request, reply, {
        all: () => viewsOf(listing),
        concerns: ({ metadata }) =>
          (query.deploymentId ?? metadata.deploymentId) === metadata.deploymentId && (query.jobId ?? metadata.jobId) === metadata.jobId,
      });
    },
  );

  app.get<AtSavepoint>('/savepoints/:id', { schema: answers({ 200: SavepointSchema }) }, async ({ params }, reply) =>
    sendResource(reply, 200, viewSavepoint(await existing(params))),
  );

  app.post<InNamespace & Change>(
    '/savepoints',
    { schema: { querystring: ChangeQuery, ...takes(SavepointBody), ...answers({ 201: SavepointSchema }) } },
    async (request, reply) => {
      const { namespace } = request.params;
      const { metadata, spec } = checkedBody(RULES, request.body, { namespace });
      const deploymentId = metadata?.deploymentId.toLowerCase() ?? '';
      const deployment = await store.deployment(namespace, deploymentId);
      if (deployment?.id !== deploymentId) return absent('Deployment', deploymentId);
      const input = { annotations: metadata?.annotations ?? {}, ...spec };
      const savepoint = await operationsOf(request).request(deploymentId, input, request.reservedId);
      return sendResource(reply, 201, viewSavepoint(savepoint));
    },
  );

  app.delete<AtSavepoint & Change>(
    '/savepoints/:id',
    { schema: { querystring: ChangeQuery, ...answers({ 200: SavepointSchema }) } },
    async (request, reply) => {
      const savepoint = await existing(request.params);
      return sendResource(reply, 200, viewSavepoint(await operationsOf(request).remove(savepoint, expectedVersion(request))));
    },
  );
}

/** A Savepoint as VVP shows it; `completedAt`, `directory` and `due` are Drey's own. */
function viewSavepoint(savepoint: Savepoint) {
  const { deploymentId, jobId, origin, state, location, failure, endedAt, modifiedAt, directory } = savepoint;
  const ended = (endedAt ?? modifiedAt).toISOString();
  return view(
    'Savepoint',
    savepoint,
    { deploymentId, ...(jobId === undefined ? {} : { jobId }), origin },
    { ...(location === undefined ? {} : { savepointLocation: location }), flinkSavepointId: triggerId(savepoint) },
    {
      state,
      ...(failure === undefined ? {} : { failure: { message: failure.message, reason: failure.reason, failedAt: ended } }),
      ...(state === 'COMPLETED' ? { completedAt: ended } : {}),
      ...(directory === undefined ? {} : { directory }),
      ...viewDue(dueOfSavepoint(savepoint)),
    },
  );
}
