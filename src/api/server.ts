import fastify, { type FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { DreyError } from '../domain/errors.ts';
import { deploymentTargetRoutes } from './deployment-targets.ts';
import { deploymentRoutes } from './deployments.ts';
import { documentAnswers } from './documented.ts';
import { answerErrors, BODY_LIMIT, rawErrorAnswer, sendError } from './errors.ts';
import { eventRoutes } from './events.ts';
import { honourIdempotencyKeys } from './idempotency.ts';
import { jobRoutes } from './jobs.ts';
import { retentionRoutes } from './retention.ts';
import { strayRoutes } from './strays.ts';
import { rememberMethods } from './methods.ts';
import { readBodies, writeBodies } from './negotiation.ts';
import { describeRoutes, showDocs } from './openapi.ts';
import { answers, type ApiParts, type InNamespace } from './resource.ts';
import { checkQueries } from './validate.ts';
import { watchOn } from './watch/watch.ts';

/** The one namespace of this release. */
const NAMESPACE = 'default';

const StatusSchema = Type.Object(
  {
    apiVersion: Type.Literal('v1'),
    kind: Type.Literal('Status'),
    version: Type.String({ description: 'Of Drey.' }),
    database: Type.Enum(['UP', 'DOWN']),
  },
  { title: 'Status' },
);

/** Builds the REST API; does not listen. */
export async function buildServer(parts: ApiParts): Promise<FastifyInstance> {
  const { log, version } = parts;
  const app: FastifyInstance = fastify({
    bodyLimit: BODY_LIMIT,
    // A request that takes longer to arrive is no request.
    requestTimeout: 300_000,
    // The longest name there is, a target's, has 250 characters.
    routerOptions: { maxParamLength: 256 },
    frameworkErrors: (error, request, reply) => {
      void sendError(reply, error, request, log);
    },
    clientErrorHandler: ({ code }, socket) => {
      if (socket.writable) socket.end(rawErrorAnswer(code));
      else socket.destroy();
    },
  });
  answerErrors(app, log);
  readBodies(app);
  checkQueries(app);
  await describeRoutes(app, version);
  documentAnswers(app);
  honourIdempotencyKeys(app, parts.store, log);
  const routeParts = { ...parts, watch: watchOn(app, parts.store, log, parts.watchPollMs) };
  const refuseOtherMethods = rememberMethods(app);
  await showDocs(app);
  await under(app, '/api', (api) => api.get('/openapi.json', { schema: { hide: true } }, () => app.swagger()));
  await under(app, '/api/v1', (api) => {
    statusRoute(api, parts);
    retentionRoutes(api, parts);
  });
  await under(app, '/api/v1/namespaces/:namespace', (api) => {
    refuseOtherNamespaces(api);
    for (const routes of [deploymentRoutes, deploymentTargetRoutes, jobRoutes, eventRoutes, strayRoutes]) routes(api, routeParts);
  });
  refuseOtherMethods();
  return app;
}

async function under(app: FastifyInstance, prefix: string, addRoutes: (api: FastifyInstance) => void): Promise<void> {
  await app.register(
    (api, _options, done) => {
      writeBodies(api);
      addRoutes(api);
      done();
    },
    { prefix },
  );
}

const SystemInformationSchema = Type.Object(
  {
    apiVersion: Type.Literal('v1'),
    kind: Type.Literal('SystemInformation'),
    status: Type.Object({ revisionInformation: Type.Object({ buildVersion: Type.String({ description: 'Of Drey.' }) }) }),
  },
  { title: 'SystemInformation' },
);

/** `/status`: which Drey this is, and whether it reaches its database; `/status/system-info`: the first, as VVP's clients read it. */
function statusRoute(app: FastifyInstance, { store, version }: ApiParts): void {
  app.get('/status', { schema: answers({ 200: StatusSchema }) }, async () => {
    const database = await store.ping().then(
      () => 'UP' as const,
      () => 'DOWN' as const,
    );
    return { apiVersion: 'v1', kind: 'Status', version, database };
  });
  app.get('/status/system-info', { schema: answers({ 200: SystemInformationSchema }) }, () => ({
    apiVersion: 'v1',
    kind: 'SystemInformation',
    status: { revisionInformation: { buildVersion: version } },
  }));
}

function refuseOtherNamespaces(app: FastifyInstance): void {
  app.addHook<InNamespace>('onRequest', ({ params: { namespace } }, _reply, done) => {
    if (namespace === NAMESPACE) done();
    else done(new DreyError('notFound', `there is no namespace "${namespace}"; in this release there is "${NAMESPACE}" alone`));
  });
}
