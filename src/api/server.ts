import fastify, { type FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { guardRoutes, type GuardedRoute } from './access.ts';
import { apiTokenRoutes } from './api-tokens.ts';
import { artifactRoutes } from './artifacts.ts';
import { deploymentDefaultsRoutes, globalDefaultsRoute } from './deployment-defaults.ts';
import { deploymentTargetRoutes } from './deployment-targets.ts';
import { deploymentRoutes } from './deployments.ts';
import { documentAnswers } from './documented.ts';
import { answerErrors, BODY_LIMIT, rawErrorAnswer, sendError } from './errors.ts';
import { eventRoutes } from './events.ts';
import { honourIdempotencyKeys } from './idempotency.ts';
import { jobRoutes } from './jobs.ts';
import { retentionRoutes } from './retention.ts';
import { savepointRoutes } from './savepoints.ts';
import { secretValueRoutes } from './secret-values.ts';
import { sqlScriptRoutes } from './sql-scripts.ts';
import { strayRoutes } from './strays.ts';
import { rememberMethods } from './methods.ts';
import { namespaceRoutes } from './namespaces.ts';
import { readBodies, writeBodies } from './negotiation.ts';
import { describeRoutes, showDocs } from './openapi.ts';
import { answers, type ApiParts } from './resource.ts';
import { checkQueries } from './validate.ts';
import { watchOn } from './watch/watch.ts';

/** Within which a request has to be here whole: a jar on a slow line takes its time. */
const REQUEST_MS = 300_000;
/** The head of a request has no reason to be slow. */
const HEAD_MS = 20_000;
/** After which a connection is closed on which nothing moves; no answer takes longer. */
const IDLE_MS = 660_000;

declare module 'fastify' {
  interface FastifyInstance {
    /** Every route, and the role that it needs. */
    guardedRoutes: readonly GuardedRoute[];
  }
}

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
    requestTimeout: REQUEST_MS,
    connectionTimeout: IDLE_MS,
    http: { headersTimeout: HEAD_MS },
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
  app.addHook('onRequest', (_request, reply, done) => {
    // What a resource says is no page, whatever a browser makes of it.
    void reply.header('x-content-type-options', 'nosniff');
    done();
  });
  readBodies(app);
  const routes = guardRoutes(app, parts);
  checkQueries(app);
  await describeRoutes(app, version);
  documentAnswers(app);
  honourIdempotencyKeys(app, parts.store, log);
  const routeParts = { ...parts, watch: watchOn(app, parts.store, log, parts.watchLimits) };
  const refuseOtherMethods = rememberMethods(app);
  await showDocs(app);
  await under(app, '/api', (api) => api.get('/openapi.json', { config: { role: 'anyone' }, schema: { hide: true } }, () => app.swagger()));
  await under(app, '/api/v1', (api) => {
    statusRoute(api, parts);
    retentionRoutes(api, parts);
    globalDefaultsRoute(api, parts);
  });
  await under(app, '/api/v1/namespaces/:namespace', (api) => {
    for (const routes of [
      deploymentRoutes,
      deploymentTargetRoutes,
      jobRoutes,
      savepointRoutes,
      eventRoutes,
      strayRoutes,
      secretValueRoutes,
      deploymentDefaultsRoutes,
    ])
      routes(api, routeParts);
  });
  await under(app, '/namespaces/v1', (api) => namespaceRoutes(api, parts));
  await under(app, '/apitokens/v1/namespaces/:namespace', (api) => apiTokenRoutes(api, parts));
  await under(app, '/artifacts/v1/namespaces/:namespace', (api) => artifactRoutes(api, parts.artifacts));
  await under(app, '/sql/v1beta1/namespaces/:namespace', (api) => sqlScriptRoutes(api, parts));
  app.decorate('guardedRoutes', [...routes]);
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
  app.get('/status', { config: { role: 'anyone' }, schema: answers({ 200: StatusSchema }) }, async () => {
    const database = await store.ping().then(
      () => 'UP' as const,
      () => 'DOWN' as const,
    );
    return { apiVersion: 'v1', kind: 'Status', version, database };
  });
  app.get('/status/system-info', { config: { role: 'anyone' }, schema: answers({ 200: SystemInformationSchema }) }, () => ({
    apiVersion: 'v1',
    kind: 'SystemInformation',
    status: { revisionInformation: { buildVersion: version } },
  }));
}
