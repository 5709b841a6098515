import type { FastifyInstance } from 'fastify';
import type { TSchema } from 'typebox';
import { isObject, mapFields } from '../../../src/schema/walk.ts';

/** One operation of the OpenAPI document, its references resolved. */
export interface Operation {
  readonly path: string;
  readonly method: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly schema: TSchema }[];
  readonly body: TSchema | undefined;
  readonly bodyTypes: readonly string[];
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { readonly schema: TSchema }>> }>>;
}

interface RawOperation {
  readonly parameters?: Operation['parameters'];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: TSchema }>> };
  readonly responses: Operation['responses'];
}

/** All operations that a server documents. */
export async function operationsOf(app: FastifyInstance): Promise<readonly Operation[]> {
  const document = (await app.inject({ url: '/api/openapi.json' })).json<{
    paths: Record<string, Record<string, RawOperation>>;
    components: { schemas: Record<string, unknown> };
  }>();
  const resolve = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(resolve);
    if (!isObject(value)) return value;
    const { $ref: reference } = value;
    return typeof reference === 'string' ? resolve(document.components.schemas[reference.split('/').at(-1)!]) : mapFields(value, resolve);
  };
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, raw]) => {
      const { parameters = [], requestBody, responses } = resolve(raw) as RawOperation;
      const bodies = requestBody?.content ?? {};
      return {
        path,
        method: method.toUpperCase(),
        parameters,
        body: Object.values(bodies)[0]?.schema,
        bodyTypes: Object.keys(bodies),
        responses,
      };
    }),
  );
}
