import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type, type Static } from 'typebox';
import { DreyError, isDreyError, type ErrorCode } from '../domain/errors.ts';
import type { Log } from '../ports/log.ts';
import { isObject, own } from '../schema/walk.ts';
import { JSON_TYPES, YAML_TYPES } from './content.ts';

export const BODY_LIMIT = 1_048_576;

/** The one shape of an error. */
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

type ErrorBody = Static<typeof ErrorSchema>;

const errorBody = (statusCode: number, reason: string, message: string, context: object = {}): ErrorBody => ({
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
  app.setErrorHandler((error, request, reply) => sendError(reply, error, request, log));
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? '';
    return sendError(reply, new DreyError('notFound', `there is no ${path} here; /api/openapi.json lists what there is`), request, log);
  });
}

/** Answers with an error; always JSON, whatever was asked for. */
export function sendError(reply: FastifyReply, error: unknown, { method, url }: FastifyRequest, log: Log): FastifyReply {
  const known = catalogued(error);
  const send = (body: ErrorBody): FastifyReply =>
    reply
      .code(body.statusCode)
      .type('application/json')
      .serializer((value: unknown) => JSON.stringify(value))
      .send(body);
  if (known === undefined || known.status === 500) {
    log.error({ error, method, url }, 'request failed');
    return send(errorBody(500, 'internalError', 'something went wrong inside; the log of the daemon says what'));
  }
  if (known.status === 503) log.warn({ error: known, method, url }, 'request could not be served');
  if (known.retryable) void reply.header('retry-after', known.status === 503 ? '5' : '1');
  return send(errorBody(known.status, known.code, known.message, known.context));
}

function catalogued(error: unknown): DreyError | undefined {
  if (isDreyError(error)) return error;
  if (!isObject(error) || typeof error['code'] !== 'string') return undefined;
  const listed = own(OF_FASTIFY, error['code']);
  if (listed !== undefined) return new DreyError(listed.code, listed.message, { cause: error });
  const status = error['statusCode'];
  const isClients = error['code'].startsWith('FST_') && typeof status === 'number' && status >= 400 && status < 500;
  return isClients ? new DreyError('badRequest', String(error['message']), { cause: error }) : undefined;
}

/** Node's reasons for giving up on a connection before there is a request, with their status line. */
const OF_NODE: Readonly<Record<string, { status: number; phrase: string; message: string }>> = {
  HPE_HEADER_OVERFLOW: { status: 431, phrase: 'Request Header Fields Too Large', message: 'the headers are too large' },
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, phrase: 'Request Timeout', message: 'the request took too long to arrive' },
};
const NO_HTTP = { status: 400, phrase: 'Bad Request', message: 'this is not an HTTP request that can be understood' };

/** The answer to what is no whole HTTP request: fastify never sees one then. */
export function rawErrorAnswer(code: string): string {
  const { status, phrase, message } = own(OF_NODE, code) ?? NO_HTTP;
  const body = JSON.stringify(errorBody(status, 'badRequest', message));
  return `HTTP/1.1 ${status} ${phrase}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`;
}
