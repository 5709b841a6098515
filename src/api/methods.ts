import type { FastifyInstance } from 'fastify';
import { DreyError } from '../domain/errors.ts';

/**
 * Remembers which methods each path has, so call it before the routes are added. What it returns is to be called after them: it answers
 * the other methods of each path with 405 and `Allow` (fastify would say 404), before a body is read.
 */
export function rememberMethods(app: FastifyInstance): () => void {
  const paths = new Map<string, string[]>();
  let remembering = true;
  app.addHook('onRoute', ({ url, method }) => {
    if (remembering) paths.set(url, [...new Set([...(paths.get(url) ?? []), ...[method].flat()])]);
  });
  return () => {
    remembering = false;
    for (const [url, heard] of paths) {
      // Of a path that is served with and without a slash at its end only one is heard of.
      const known = [...new Set([...heard, ...app.supportedMethods.filter((method) => app.hasRoute({ url, method }))])];
      const allow = known.join(', ');
      app.route({
        url,
        method: app.supportedMethods.filter((method) => !known.includes(method)),
        exposeHeadRoute: false,
        // Which methods a path has is no secret.
        config: { role: 'anyone' },
        schema: { hide: true },
        onRequest: (request, reply, done) => {
          void reply.header('allow', allow);
          done(new DreyError('methodNotAllowed', `${request.url.split('?')[0] ?? ''} has no ${request.method}; it has ${allow}`));
        },
        handler: (_request, reply) => reply,
      });
    }
  };
}
