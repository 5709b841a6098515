import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { usualRole, verdict, type Caller, type NeededRole } from '../domain/access.ts';
import { DreyError } from '../domain/errors.ts';
import { createCallers } from './callers.ts';
import { assertLocal } from './local-only.ts';
import { createRateLimit } from './rate-limit.ts';
import { absentNamespace, type ApiParts } from './resource.ts';

// INVARIANTS
// - Every route has a role before the server listens; one without is a fault of the program.
// - The role is looked at before anything else of a request is: its Accept, its query, its body.
// - A namespace that a caller may not see is answered as one that does not exist, and is not even looked for.

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The least role that the route needs. Omitted for what is in a namespace: viewer reads, editor writes. */
    role?: NeededRole;
  }
  interface FastifyRequest {
    /** Who asks; null on routes that anyone may ask. */
    caller: Caller | null;
    /** Looks again whether who asked may still have the answer: its token may have been deleted since, or the namespace. For answers that go on. */
    isStillAllowed: () => Promise<boolean>;
  }
}

export interface GuardedRoute {
  readonly method: string;
  /** `/api/v1/namespaces/:namespace/jobs` */
  readonly url: string;
  readonly role: NeededRole;
}

/**
 * Lets requests through by the role of who asks. Call it before the routes are added: adding one that has no role throws. Returns the list that
 * these are put into.
 */
export function guardRoutes(
  app: FastifyInstance,
  { store, auth, monotonicMs = () => performance.now() }: Pick<ApiParts, 'store' | 'auth' | 'monotonicMs'>,
): readonly GuardedRoute[] {
  const routes: GuardedRoute[] = [];
  app.decorateRequest('caller', null);
  app.decorateRequest('isStillAllowed', () => Promise.resolve(true));
  app.addHook('onRoute', (route) => {
    const methods = [route.method].flat();
    const [role = 'admin', ...others] = methods.map((method) => roleOf(route, method));
    if (others.some((other) => other !== role)) throw new Error(`${route.url} needs several roles; add a route for each method`);
    // A colon that is no parameter's is doubled in a route.
    const url = route.url.replaceAll('::', ':');
    routes.push(...methods.map((method) => ({ method, url, role })));
    route.config = { ...route.config, role };
    route.schema = { ...route.schema, ...documented(role) };
  });
  const callerOf = createCallers(store, auth);
  /** The namespace of a token is there as long as the token is. */
  const isThere = async (namespace: string | undefined, { role }: Caller): Promise<boolean> =>
    namespace === undefined || role !== 'admin' || (await store.namespace(namespace)) !== undefined;
  const limit = createRateLimit(auth.requestsPerSecond, monotonicMs);
  app.addHook('onRequest', async (request, reply) => {
    if (!auth.enabled) assertLocal(request);
    const role = request.is404 ? 'anyone' : request.routeOptions.config.role;
    // Also for a path that has no such method, which tells nothing that /api/openapi.json does not.
    if (role === 'anyone') return;
    if (role === undefined) throw new Error(`${request.routeOptions.url ?? request.url} has no role`);
    const caller = await callerOf(request.headers.authorization);
    const waitMs = caller === undefined || !auth.enabled ? 0 : limit(caller.id);
    if (waitMs > 0) throw tooMany(reply, waitMs);
    const namespace = namespaceOf(request);
    const decided = verdict(role, caller, namespace);
    if (decided === 'unknown' || caller === undefined) throw unauthorized(request, reply);
    if (decided === 'hidden') absentNamespace(namespace ?? '');
    if (decided === 'forbidden') throw forbidden(caller, role);
    if (!(await isThere(namespace, caller))) absentNamespace(namespace ?? '');
    request.caller = caller;
    request.isStillAllowed = async () => {
      const now = await callerOf(request.headers.authorization);
      return now !== undefined && verdict(role, now, namespace) === 'granted' && (await isThere(namespace, now));
    };
  });
  return routes;
}

/** The pages that show /api/openapi.json; the plugin that serves them declares no roles. */
const PAGES = /^\/docs(?:\/|$)/;
const IN_NAMESPACE = /\/namespaces\/:namespace(?:\/|$)/;

/** The role that a route declares, or else, of what is in a namespace, the usual one for its method. */
function roleOf({ url, config }: Pick<RouteOptions, 'url' | 'config'>, method: string): NeededRole {
  const isInNamespace = IN_NAMESPACE.test(url);
  if (!isInNamespace && /\/namespaces\/:/.test(url))
    throw new Error(`${url}: the parameter behind /namespaces/ is to be called :namespace`);
  const role = config?.role ?? (PAGES.test(url) ? 'anyone' : isInNamespace ? usualRole(method) : undefined);
  if (role === undefined) throw new Error(`${method} ${url} declares no role; give its route config: { role }`);
  return role;
}

/** What OpenAPI says of it. */
const documented = (role: NeededRole): object => (role === 'anyone' ? { security: [] } : { 'x-role': role });

function namespaceOf({ params }: FastifyRequest): string | undefined {
  const namespace: unknown = typeof params === 'object' && params !== null && 'namespace' in params ? params.namespace : undefined;
  return typeof namespace === 'string' ? namespace : undefined;
}

function unauthorized({ headers: { authorization } }: FastifyRequest, reply: FastifyReply): DreyError {
  void reply.header('www-authenticate', authorization === undefined ? 'Bearer realm="drey"' : 'Bearer realm="drey", error="invalid_token"');
  const what =
    authorization === undefined ? 'the request has no API token' : 'the API token of the request is not one of ours, or was deleted';
  return new DreyError('unauthorized', `${what}; send one as "Authorization: Bearer drey_…"`);
}

const forbidden = ({ role }: Caller, needed: NeededRole): DreyError =>
  new DreyError('forbidden', `this takes the role ${needed}, and the token has the role ${role}`, { context: { role, needed } });

function tooMany(reply: FastifyReply, waitMs: number): DreyError {
  const seconds = Math.ceil(waitMs / 1000);
  void reply.header('retry-after', String(seconds));
  return new DreyError('tooManyRequests', `this token sends more requests than drey.auth.requests-per-second allows; wait ${seconds} s`);
}
