import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { v7 as newId } from 'uuid';
import type { Namespace } from '../domain/access.ts';
import { DreyError } from '../domain/errors.ts';
import { canonicalHash } from '../engine/hash.ts';
import type { KeyStore } from '../ports/idempotency.ts';
import type { Log } from '../ports/log.ts';
import type { Store } from '../ports/store.ts';
import { isObject, valueAt } from '../schema/walk.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The id that what this request makes is to have; undefined: any. */
    reservedId: string | undefined;
    /** The hash of the key that this request holds. */
    heldKey: string | undefined;
    /** Where what it made is. */
    madeAt: string | undefined;
  }
}

// INVARIANTS
// 1. The id is reserved in the key's row before anything is made. A daemon that dies after that leaves a request that can be repeated: what it made
//    is found under the id, or is made under it now.
// 2. A key is settled before its answer is sent: whoever has the answer never finds the key under way.

const WITHOUT = new Set([
  'idempotency-key',
  'if-match',
  'if-none-match',
  'content-type',
  'content-length',
  'transfer-encoding',
  'accept-encoding',
]);

/** `Idempotency-Key` on every POST that answers 201. Call it before the routes are added; what they make takes `request.reservedId`. */
export function honourIdempotencyKeys(app: FastifyInstance, store: KeyStore & Pick<Store, 'namespace'>, log: Log): void {
  app.decorateRequest('reservedId', undefined);
  app.decorateRequest('heldKey', undefined);
  app.decorateRequest('madeAt', undefined);

  /** What is at a path, as this sender may see it. */
  const look = async (path: string, { headers }: FastifyRequest) =>
    app.inject({ method: 'GET', url: path, headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !WITHOUT.has(name))) });

  const replay = async (request: FastifyRequest, reply: FastifyReply, location: string): Promise<FastifyReply> => {
    const { statusCode, headers, body } = await look(location, request);
    if (statusCode === 404) {
      throw new DreyError('conflict', 'what was made under this Idempotency-Key has been deleted since; use another key to make it again');
    }
    if (headers.etag !== undefined) void reply.header('etag', headers.etag);
    void reply.header('idempotent-replayed', 'true');
    return reply
      .code(statusCode === 200 ? 201 : statusCode)
      .type(String(headers['content-type']))
      .serializer(String)
      .send(body);
  };

  const claim = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> => {
    const header = request.headers['idempotency-key'];
    if (header === undefined || isDry(request)) return undefined;
    const name = valueAt(request.params, ['namespace']);
    const namespace = typeof name === 'string' ? await store.namespace(name) : undefined;
    const key = keyOf(request, String(header), namespace);
    const path = pathOf(request);
    const claimed = await store.claimKey({
      key,
      request: canonicalHash([request.method, path, request.body ?? null]),
      resourceId: newId(),
    });
    switch (claimed.kind) {
      case 'otherRequest':
        throw new DreyError('keyReused', 'this Idempotency-Key was used for another request; each request needs a key of its own');
      case 'underWay':
        throw new DreyError('underWay', 'another request with this Idempotency-Key is under way; repeat this one a little later');
      case 'done':
        return replay(request, reply, claimed.location);
      case 'mine': {
        const location = `${path}/${claimed.resourceId}`;
        if (claimed.isResumed && (await look(location, request)).statusCode === 200) {
          await store.settleKey(key, location);
          return replay(request, reply, location);
        }
        request.heldKey = key;
        request.reservedId = claimed.resourceId;
        return undefined;
      }
    }
  };

  app.addHook('onRoute', (route) => {
    if (![route.method].flat().includes('POST') || !isObject(route.schema?.response) || !('201' in route.schema.response)) return;
    route.preHandler = [...[route.preHandler ?? []].flat(), claim];
    route.schema = { ...route.schema, headers: KEY_HEADER };
  });

  app.addHook('preSerialization', (request, reply, payload, done) => {
    if (request.heldKey !== undefined) {
      const id = valueAt(payload, ['metadata', 'id']);
      const location = reply.getHeader('location') ?? `${pathOf(request)}/${typeof id === 'string' ? id : (request.reservedId ?? '')}`;
      request.madeAt = String(location);
    }
    done(null, payload);
  });

  app.addHook('onSend', async ({ heldKey, madeAt, method, url }, { statusCode }, payload) => {
    if (heldKey === undefined) return payload;
    try {
      if (statusCode < 300 && madeAt !== undefined) await store.settleKey(heldKey, madeAt);
      else if (statusCode < 500) await store.dropKey(heldKey);
      else await store.yieldKey(heldKey);
    } catch (error) {
      // The answer is true all the same, and the next request under the key finds what was made by its id.
      log.warn({ error, method, url }, 'the outcome of an Idempotency-Key could not be noted');
    }
    return payload;
  });
}

const KEY_HEADER = {
  type: 'object',
  properties: {
    'idempotency-key': {
      type: 'string',
      minLength: 1,
      maxLength: 255,
      description: 'A repeated request with the same key and body makes nothing again: it is answered with what was made, for 24 hours.',
    },
  },
};

const pathOf = ({ url }: FastifyRequest): string => url.split('?')[0] ?? '';

const isDry = ({ query }: FastifyRequest): boolean => valueAt(query, ['dryRun']) === true;

/** Who sent it is told by its token: two senders never meet under one key, nor a namespace and one that had its name before. */
function keyOf({ headers: { authorization = '' } }: FastifyRequest, key: string, namespace: Namespace | undefined): string {
  if (!/^[\x20-\x7e]{1,255}$/.test(key))
    throw new DreyError('badRequest', 'Idempotency-Key must have from 1 to 255 characters, all of them ASCII');
  return canonicalHash([authorization, namespace?.name ?? '', namespace?.createdAt.toISOString() ?? '', key]);
}
