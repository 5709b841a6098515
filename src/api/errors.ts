import { STATUS_CODES } from 'node:http';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { Type, type Static } from 'typebox';
import { DreyError, isDreyError, type ErrorCode } from '../domain/errors.ts';
import type { Log } from '../ports.ts';
import { isObject } from '../schema/walk.ts';
import { JSON_TYPES, YAML_TYPES } from './content.ts';

export const BODY_LIMIT = 1_048_576;

export const ErrorSchema = Type.Object(
  {
    kind: Type.Literal('Error'),
    apiVersion: Type.Literal('v1'),
    statusCode: Type.Integer(),
    reason: Type.String({ description: 'A word that a program can compare.' }),
    message: Type.String({ description: 'What is wrong, where, and what would be right.' }),
    context: Type.Object({}, { additionalProperties: true }),
  },
  { title: 'Error' },
);

/** The one shape of an error. */
const errorBody = (statusCode: number, reason: string, message: string, context: object): Static<typeof ErrorSchema> => ({
  kind: 'Error',
  apiVersion: 'v1',
  statusCode,
  reason,
  message,
  context,
});

/** Fastify's own errors in the words of the catalogue. What is not listed is taken by its status. */
const OF_FASTIFY: Readonly<Record<string, { code: ErrorCode; message: string }>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'payloadTooLarge', message: `the body is larger than ${BODY_LIMIT} bytes` },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'unsupportedMediaType',
    message: `this Content-Type is not understood; send one of ${[...JSON_TYPES, ...YAML_TYPES].join(', ')}`,
  },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: { code: 'badRequest', message: 'the body is not as long as its Content-Length says' },
};

/** Answers everything that goes wrong in the one shape; only what is Drey's own fault is logged, and its cause stays inside. */
export function answerErrors(app: FastifyInstance, log: Log): void {
  app.setErrorHandler((error, request, reply) => sendError(reply, error, request.method, request.url, log));
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? '';
    return sendError(
      reply,
      new DreyError('notFound', `there is no ${path} here; /api/openapi.json lists what there is`),
      request.method,
      path,
      log,
    );
  });
}

/** Answers with an error; always JSON, whatever was asked for. */
export function sendError(reply: FastifyReply, error: unknown, method: string, url: string, log: Log): FastifyReply {
  const known = catalogued(error);
  if (known === undefined || known.status === 500) {
    log.error({ error, method, url }, 'request failed');
    return sendBody(reply, 500, 'internalError', 'something went wrong inside; the log of the daemon says what', {});
  }
  if (known.status === 503) {
    log.warn({ error: known, method, url }, 'request could not be served');
    void reply.header('retry-after', '5');
  }
  return sendBody(reply, known.status, known.code, known.message, known.context);
}

function sendBody(reply: FastifyReply, status: number, reason: string, message: string, context: object): FastifyReply {
  return reply
    .code(status)
    .type('application/json')
    .serializer((value: unknown) => JSON.stringify(value))
    .send(errorBody(status, reason, message, context));
}

function catalogued(error: unknown): DreyError | undefined {
  if (isDreyError(error)) return error;
  if (!isObject(error) || typeof error['code'] !== 'string') return undefined;
  const listed = Object.hasOwn(OF_FASTIFY, error['code']) ? OF_FASTIFY[error['code']] : undefined;
  if (listed !== undefined) return new DreyError(listed.code, listed.message, { cause: error });
  const status = error['statusCode'];
  const isClients = error['code'].startsWith('FST_') && typeof status === 'number' && status >= 400 && status < 500;
  return isClients ? new DreyError('badRequest', String(error['message']), { cause: error }) : undefined;
}

/** The answer to bytes that are no HTTP: fastify never sees a request then. */
export function rawErrorAnswer(): string {
  const body = JSON.stringify(errorBody(400, 'badRequest', 'this is not an HTTP request that can be understood', {}));
  return `HTTP/1.1 400 ${STATUS_CODES[400] ?? ''}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`;
}
