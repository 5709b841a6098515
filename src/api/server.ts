import fastify, { type FastifyInstance } from 'fastify';
import { DreyError } from '../domain/errors.ts';
import { deploymentTargetRoutes } from './deployment-targets.ts';
import { deploymentRoutes } from './deployments.ts';
import { answerErrors, BODY_LIMIT, rawErrorAnswer, sendError } from './errors.ts';
import { eventRoutes } from './events.ts';
import { jobRoutes } from './jobs.ts';
import { refuseOtherMethods, rememberMethods } from './methods.ts';
import { readBodies, writeBodies } from './negotiation.ts';
import { describeRoutes, openapiRoute } from './openapi.ts';
import type { ApiParts } from './parts.ts';
import { checkQueries } from './query.ts';
import { statusRoute } from './status.ts';

/** The one namespace of this release. */
const NAMESPACE = 'default';

/** Builds the REST API; does not listen. */
export async function buildServer(parts: ApiParts): Promise<FastifyInstance> {
  const { log, version } = parts;
  const app: FastifyInstance = fastify({
    bodyLimit: BODY_LIMIT,
    // The longest name there is, a target's, has 250 characters.
    routerOptions: { maxParamLength: 256 },
    frameworkErrors: (error, request, reply) => {
      void sendError(reply, error, request.method, request.url, log);
    },
    clientErrorHandler: (_error, socket) => {
      if (socket.writable) socket.end(rawErrorAnswer());
      else socket.destroy();
    },
  });
  answerErrors(app, log);
  readBodies(app);
  checkQueries(app);
  await describeRoutes(app, version);
  const paths = rememberMethods(app);

  await app.register(
    (api, _options, done) => {
      writeBodies(api);
      openapiRoute(api);
      done();
    },
    { prefix: '/api' },
  );
  await app.register(
    (api, _options, done) => {
      writeBodies(api);
      statusRoute(api, parts);
      done();
    },
    { prefix: '/api/v1' },
  );
  await app.register(
    (api, _options, done) => {
      writeBodies(api);
      refuseOtherNamespaces(api);
      for (const routes of [deploymentRoutes, deploymentTargetRoutes, jobRoutes, eventRoutes]) routes(api, parts);
      done();
    },
    { prefix: '/api/v1/namespaces/:namespace' },
  );
  refuseOtherMethods(app, paths);
  return app;
}

function refuseOtherNamespaces(app: FastifyInstance): void {
  app.addHook<{ Params: { namespace: string } }>('onRequest', ({ params: { namespace } }, _reply, done) => {
    if (namespace === NAMESPACE) done();
    else done(new DreyError('notFound', `there is no namespace "${namespace}"; in this release there is "${NAMESPACE}" alone`));
  });
}
