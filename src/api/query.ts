import type { FastifyInstance } from 'fastify';
import { Type, type TSchema } from 'typebox';
import { faultsOf } from '../schema/faults.ts';
import { fieldSchema, isObject, mapFields, nodeOf } from '../schema/walk.ts';
import { refusal } from './validate.ts';

const NO_QUERY = Type.Object({}, { additionalProperties: false });

/**
 * Query strings are checked before any handler, numbers in them made numbers. An unknown parameter is refused: `dryRun` or a filter
 * that is ignored does harm. Bodies are checked by the handlers, which first have to merge or tidy them.
 */
export function checkQueries(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    route.schema = { querystring: NO_QUERY, ...route.schema };
  });
  app.setValidatorCompiler<TSchema>(({ schema, httpPart }) => (data: unknown) => {
    if (httpPart !== 'querystring') return true;
    const value = isObject(data) ? mapFields(data, (text, key) => numberIn(fieldSchema(nodeOf(schema), key), text)) : data;
    const faults = faultsOf(schema, value);
    return faults.length === 0
      ? { value }
      : {
          error: refusal(
            'badRequest',
            faults.map((fault) => ({ ...fault, place: `?${fault.place}` })),
          ),
        };
  });
}

const numberIn = (schema: TSchema | undefined, text: unknown): unknown =>
  schema !== undefined && nodeOf(schema).type === 'integer' && typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : text;
