import type { FastifyInstance, FastifyRequest } from 'fastify';
import { stringify } from 'yaml';
import { DreyError } from '../domain/errors.ts';
import { own } from '../schema/walk.ts';
import { isWatch } from './watch/watch.ts';
import { JSON_TYPES, parseJson, parseYaml, YAML_TYPES } from './content.ts';

type Format = 'json' | 'yaml';

export const YAML_OUT = 'application/yaml; charset=utf-8';

const RANGES: Readonly<Record<string, Format>> = {
  '*/*': 'json',
  'application/*': 'json',
  'application/json': 'json',
  'text/*': 'yaml',
  ...Object.fromEntries(YAML_TYPES.map((type) => [type, 'yaml'])),
};

/** Bodies in by `Content-Type`. */
export function readBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  for (const [types, parse] of [
    [JSON_TYPES, parseJson],
    [YAML_TYPES, parseYaml],
  ] as const) {
    app.addContentTypeParser(types, { parseAs: 'buffer' }, (_request: FastifyRequest, body: Buffer) => Promise.resolve(body).then(parse));
  }
}

/** Bodies out by `Accept`. Nothing acceptable is a 406 before anything is done. Errors are not touched: they are always JSON. */
export function writeBodies(app: FastifyInstance): void {
  // The documented response shapes serve OpenAPI alone: a serializer made from them would drop what they do not name.
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  app.addHook('onRequest', (request, _reply, done) => {
    const { accept } = request.headers;
    if (acceptedFormat(accept) !== undefined || isWatch(request)) done();
    else done(new DreyError('notAcceptable', `"${accept ?? ''}" cannot be answered; accept application/json or application/yaml`));
  });
  app.addHook('preSerialization', ({ headers }, reply, payload, done) => {
    if (reply.statusCode < 400 && acceptedFormat(headers.accept) === 'yaml') {
      void reply.type(YAML_OUT).serializer(toYaml);
    }
    done(null, payload);
  });
}

/** Long texts stay on one line, and what occurs twice is written twice: aliases are legal, and few readers expect them. */
export const toYaml = (value: unknown): string => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });

/** The format of the range with the highest q, the first of equals (RFC 9110 12.5.1); JSON without a header; undefined: neither. */
export function acceptedFormat(accept: string | undefined): Format | undefined {
  if (accept === undefined || accept.trim() === '') return 'json';
  const ranges = accept.split(',').flatMap((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const format = own(RANGES, type);
    const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
    return format === undefined || !(Number(q) > 0) ? [] : [{ format, q: Number(q) }];
  });
  return ranges.sort((a, b) => b.q - a.q)[0]?.format;
}
