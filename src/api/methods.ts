import type { FastifyInstance } from 'fastify';
import { DreyError } from '../domain/errors.ts';

/** Remembers which methods each path has. Call it before the routes are added. */
export function rememberMethods(app: FastifyInstance): ReadonlyMap<string, Set<string>> {
  const paths = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const known = paths.get(url) ?? new Set();
    paths.set(url, known);
    for (const one of [method].flat()) known.add(one);
  });
  return paths;
}

/** Answers the other methods of each path with 405 and `Allow` (fastify would say 404), before a body is read. Call it after the routes. */
export function refuseOtherMethods(app: FastifyInstance, paths: ReadonlyMap<string, ReadonlySet<string>>): void {
  for (const [url, known] of [...paths].map(([path, methods]) => [path, [...methods]] as const)) {
    const allow = known.join(', ');
    app.route({
      url,
      method: app.supportedMethods.filter((method) => !known.includes(method)),
      exposeHeadRoute: false,
      schema: { hide: true },
      onRequest: (request, reply, done) => {
        void reply.header('allow', allow);
        done(new DreyError('methodNotAllowed', `${request.url.split('?')[0] ?? ''} has no ${request.method}; it has ${allow}`));
      },
      handler: (_request, reply) => reply,
    });
  }
}
