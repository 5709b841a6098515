import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { ApiParts } from './parts.ts';
import { answers } from './resource.ts';

const StatusSchema = Type.Object(
  {
    apiVersion: Type.Literal('v1'),
    kind: Type.Literal('Status'),
    version: Type.String({ description: 'Of Drey.' }),
    database: Type.Enum(['UP', 'DOWN']),
  },
  { title: 'Status' },
);

/** `/api/v1/status`: which Drey this is, and whether it reaches its database. */
export function statusRoute(app: FastifyInstance, { store, version }: ApiParts): void {
  app.get('/status', { schema: answers({ 200: StatusSchema }) }, async () => {
    const database = await store.ping().then(
      () => 'UP' as const,
      () => 'DOWN' as const,
    );
    return { apiVersion: 'v1', kind: 'Status', version, database };
  });
}
