import type { FastifyInstance } from 'fastify';
import { Type, type Static } from 'typebox';
import { dueOfSavepoint } from '../domain/due.ts';
import { SAVEPOINT_ORIGINS, SAVEPOINT_STATES, triggerId, type Savepoint } from '../domain/savepoint.ts';
import { expectedVersion } from './preconditions.ts';
import {
  absent,
  answers,
  bodyOf,
  DueSchema,
  Id,
  isUuid,
  listOf,
  listSchema,
  resource,
  sendResource,
  strict,
  takes,
  Time,
  view,
  viewDue,
  type ApiParts,
  type InNamespace,
} from './resource.ts';
import { checkedBody, type BodyRules } from './validate.ts';

const Query = Type.Object({ deploymentId: Type.Optional(Id), jobId: Type.Optional(Id) }, strict);

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

const SavepointBody = bodyOf(
  'Savepoint',
  () => 'a Savepoint has no name; leave it out',
  Type.Optional(
    Type.Object(
      {
        savepointLocation: Type.Optional(
          Type.String({
            minLength: 1,
            maxLength: 4000,
            description: 'Where one lies already: it is recorded as COPIED, and none is taken.',
          }),
        ),
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
export function savepointRoutes(app: FastifyInstance, { store, engine }: ApiParts): void {
  const existing = async ({ namespace, id }: AtSavepoint['Params']): Promise<Savepoint> => {
    const found = isUuid(id) ? (await store.savepoint(id.toLowerCase()))?.savepoint : undefined;
    const deployment = found === undefined ? undefined : await store.deployment(namespace, found.deploymentId);
    if (found?.namespace !== namespace || found.deletedAt !== undefined || deployment === undefined) return absent('Savepoint', id);
    return found;
  };

  app.get<InNamespace & { Querystring: Static<typeof Query> }>(
    '/savepoints',
    { schema: { querystring: Query, ...answers({ 200: listSchema('Savepoint', SavepointSchema) }) } },
    async ({ params, query }) => listOf('Savepoint', (await store.savepoints(params.namespace, query)).map(viewSavepoint)),
  );

  app.get<AtSavepoint>('/savepoints/:id', { schema: answers({ 200: SavepointSchema }) }, async ({ params }, reply) =>
    sendResource(reply, 200, viewSavepoint(await existing(params))),
  );

  app.post<InNamespace>(
    '/savepoints',
    { schema: { ...takes(SavepointBody), ...answers({ 201: SavepointSchema }) } },
    async ({ params: { namespace }, body }, reply) => {
      const { metadata, spec } = checkedBody(RULES, body, { namespace });
      const deploymentId = metadata?.deploymentId.toLowerCase() ?? '';
      const deployment = await store.deployment(namespace, deploymentId);
      if (deployment?.id !== deploymentId) return absent('Deployment', deploymentId);
      const savepoint = await engine.savepoints.request(deploymentId, { annotations: metadata?.annotations ?? {}, ...spec });
      return sendResource(reply, 201, viewSavepoint(savepoint));
    },
  );

  app.delete<AtSavepoint>('/savepoints/:id', { schema: answers({ 200: SavepointSchema }) }, async (request, reply) => {
    const savepoint = await existing(request.params);
    return sendResource(reply, 200, viewSavepoint(await engine.savepoints.remove(savepoint, expectedVersion(request))));
  });
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
