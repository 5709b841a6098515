import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { DreyError } from '../../domain/errors.ts';
import type { Log } from '../../ports/log.ts';
import type { Store } from '../../ports/store.ts';
import { DELETIONS_KEPT_MS, LONGEST_CHANGE_MS } from '../../ports/watch.ts';
import { isObject, valueAt } from '../../schema/walk.ts';
import { feedOf, type Batch, type Change, type Resource, type Source } from './feed.ts';
import { streamOn, type Stream } from './stream.ts';

export const SSE = 'text/event-stream';

const POLL_MS = 500;
/** Each costs a socket and what waits for it. */
const MOST_STREAMS = 1000;
/** One token leaves places to the others. */
const MOST_OF_ONE = 100;

/** The query parameters of what can be watched. */
export const watchQuery = {
  watch: Type.Optional(
    Type.Boolean({
      description:
        'true, or `Accept: text/event-stream`: server-sent events ADDED, MODIFIED and DELETED with the resource as data; first all that there are, then what changes. ' +
        'A stream goes on after its `Last-Event-ID`. A change may be told twice, and of several changes of a resource the last alone.',
    }),
  ),
  lastEventId: Type.Optional(Type.String({ description: 'Like the header Last-Event-ID.' })),
};

/** What one request watches of a kind. */
interface Watching<R extends Resource> {
  /** All that there are, for a stream that does not go on. */
  readonly all: () => AsyncIterable<readonly Resource[]>;
  /** Whether a resource is any business of the request, once and for all. */
  readonly concerns?: (resource: Resource) => boolean;
  /** Whether it is as the request wants it; one that no longer is is told as DELETED. */
  readonly accepts?: (resource: R) => boolean;
}

export interface Watch {
  /** Whether a request wants events instead of a list. */
  wanted(request: FastifyRequest): boolean;
  /** How a kind is watched: one look for all requests. */
  of<R extends Resource>(
    source: Source & { readonly load: (ids: readonly string[]) => Promise<readonly R[]> },
  ): (request: FastifyRequest, reply: FastifyReply, watching: Watching<R>) => Promise<FastifyReply>;
}

/** Omitted: those of the service. */
export interface WatchLimits {
  /** How often who watches is looked for something new. */
  readonly pollMs?: number;
  /** How often is looked whether who watches may still do so. */
  readonly heartbeatMs?: number;
  /** How many streams one token may have. */
  readonly mostOfOne?: number;
}

/** Watching by server-sent events; the streams end when the server closes. */
export function watchOn(
  app: FastifyInstance,
  store: Store,
  log: Log,
  { pollMs = POLL_MS, heartbeatMs, mostOfOne = MOST_OF_ONE }: WatchLimits = {},
): Watch {
  /** With the tokens that watch by them. */
  const streams = new Map<Stream, string | undefined>();
  app.addHook('preClose', (done) => {
    for (const stream of streams.keys()) stream.end();
    done();
  });

  return {
    wanted: isWatch,
    of(source) {
      const feed = feedOf(store, source, pollMs, log);
      return async (request, reply, { all, concerns = () => true, accepts = () => true }) => {
        if (request.method === 'HEAD') return reply.type(SSE).send('');
        const position = positionOf(request, await store.now());
        const token = request.caller?.role === 'admin' ? undefined : request.caller?.id;
        assertFree([...streams.values()], token, mostOfOne);
        const namespace = valueAt(request.params, ['namespace']);
        const shown = (change: Change): Change | undefined => {
          const { type, resource } = change;
          if (resource.metadata.namespace !== namespace || !concerns(resource)) return undefined;
          // What was not deleted is what the source has loaded.
          return type === 'DELETED' || accepts(resource as Parameters<typeof accepts>[0]) ? change : { type: 'DELETED', resource };
        };
        const stream = streamOn(reply.raw, { shown, position, isStillAllowed: request.isStillAllowed, heartbeatMs });
        streams.set(stream, token);
        let unfollow = (): void => undefined;
        try {
          // First what is to come, then what is there: so nothing falls between.
          unfollow = await feed.follow((batch) => stream.push(batch));
          const now = await store.now();
          reply.hijack();
          await stream.run(position === undefined ? everything(all(), now) : feed.since(position));
        } catch (error) {
          if (!reply.sent) throw error;
          // What was promised cannot be kept: the client comes back and goes on from its Last-Event-ID.
          log.warn({ error, url: request.url }, 'a stream was broken off');
          reply.raw.destroy();
        } finally {
          unfollow();
          streams.delete(stream);
        }
        return reply;
      };
    },
  };
}

function assertFree(taken: readonly (string | undefined)[], token: string | undefined, mostOfOne: number): void {
  const isOneTooMany = token !== undefined && taken.filter((other) => other === token).length >= mostOfOne;
  if (!isOneTooMany && taken.length < MOST_STREAMS) return;
  const who = isOneTooMany ? `${mostOfOne} requests of this token` : `${MOST_STREAMS} requests`;
  throw new DreyError('tooManyRequests', `${who} watch already; try again later`);
}

/** Whether a request wants events, and the route has them. */
export function isWatch({ headers, query, routeOptions }: FastifyRequest): boolean {
  if (!isObject(valueAt(routeOptions.schema?.querystring, ['properties', 'watch']))) return false;
  const watch = valueAt(query, ['watch']);
  return watch === true || watch === 'true' || headers.accept?.toLowerCase().includes(SSE) === true;
}

async function* everything(pages: AsyncIterable<readonly Resource[]>, now: Date): AsyncGenerator<Batch> {
  for await (const page of pages) yield { changes: page.map((resource) => ({ type: 'ADDED' as const, resource })) };
  yield { changes: [], upTo: now };
}

/** The moment up to which the client has everything. Throws `badRequest` for what is none, `gone` when too much was forgotten since. */
function positionOf({ headers, query }: FastifyRequest, now: Date): Date | undefined {
  const text = valueAt(query, ['lastEventId']) ?? headers['last-event-id'];
  if (typeof text !== 'string' || text === '') return undefined;
  if (!/^\d{1,15}$/.test(text))
    throw new DreyError('badRequest', `"${text.slice(0, 80)}" is not a Last-Event-ID of this server; leave it out to begin anew`);
  const age = now.getTime() - Number(text);
  if (age > DELETIONS_KEPT_MS - LONGEST_CHANGE_MS || age < -LONGEST_CHANGE_MS) {
    throw new DreyError('gone', 'what happened since this Last-Event-ID is not known any more; leave it out to begin anew');
  }
  return new Date(Number(text));
}
