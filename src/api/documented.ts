import type { FastifyInstance } from 'fastify';
import { isObject, valueAt } from '../schema/walk.ts';
import { ErrorSchema } from './errors.ts';
import { SSE } from './watch/watch.ts';

/** What each error status means, wherever it occurs. */
const ERRORS: Readonly<Record<number, string>> = {
  400: 'Something in the request is not right; the message says what and where.',
  401: 'Who sends it is not known.',
  403: 'Who sends it may not do this.',
  404: 'There is no such resource, or none that the sender may see.',
  406: 'None of the types in Accept can be answered.',
  409: 'The resource is in another state, was changed since, or its name is taken.',
  410: 'What happened since that Last-Event-ID is not known any more.',
  413: 'The body is too large.',
  415: 'The Content-Type is not understood.',
  422: 'The Idempotency-Key was used for another request.',
  429: 'Too much at once; Retry-After says when to try again.',
  500: 'A fault of the daemon, which its log tells.',
  503: 'Something that is needed cannot be reached; Retry-After says when to try again.',
};

const OF_ALL = [400, 401, 403, 404, 406, 429, 500, 503];
const OF_CHANGES = [409, 413, 415];

/** Completes what each route documents: the errors that it may answer, by status, and the types of every answer. Call it before the routes are added. */
export function documentAnswers(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const { response } = route.schema ?? {};
    if (!isObject(response)) return;
    const methods = [route.method].flat();
    const isRead = methods.every((method) => method === 'GET' || method === 'HEAD');
    const isWatchable = valueAt(route.schema?.querystring, ['properties', 'watch']) !== undefined;
    const statuses = [
      ...OF_ALL,
      ...(isRead ? [] : OF_CHANGES),
      ...(isWatchable ? [410] : []),
      ...(methods.includes('POST') && '201' in response ? [422] : []),
    ];
    const streams = isWatchable ? { [SSE]: { schema: { type: 'string' } } } : {};
    const answers = Object.entries(response).map(([status, schema]) => [
      status,
      { description: 'As wanted.', content: { ...inBothTypes(schema), ...streams } },
    ]);
    const errors = statuses.map((status) => [
      status,
      { description: ERRORS[status], content: { 'application/json': { schema: ErrorSchema } } },
    ]);
    const unmodified =
      isRead && hasVersion(response) ? { 304: { type: 'null', description: 'The version in If-None-Match is the newest.' } } : {};
    route.schema = { ...route.schema, response: { ...Object.fromEntries([...answers, ...errors]), ...unmodified } };
  });
}

/** Whether what is answered is one resource, whose version is its ETag. */
const hasVersion = (response: object): boolean =>
  valueAt(response, ['200', 'properties', 'metadata', 'properties', 'resourceVersion']) !== undefined;

const inBothTypes = (schema: unknown): Readonly<Record<string, { schema: unknown }>> =>
  Object.fromEntries(['application/json', 'application/yaml'].map((type) => [type, { schema }]));
