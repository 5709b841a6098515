import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { isObject, mapFields, own } from '../schema/walk.ts';

const TOKEN =
  'The secret of an API token. Each operation tells the least role that it needs (`x-role`): viewer, editor, owner, or admin. While `drey.auth.enabled` is false none is needed.';

/** Makes OpenAPI 3.1 out of the schemas that check the requests, for `app.swagger()`. Register it before the routes that it documents. */
export async function describeRoutes(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Drey', description: 'Runs Apache Flink jobs as Deployments.', version },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer', description: TOKEN } } },
      security: [{ token: [] }],
    },
    transformObject: (document) => withComponents('openapiObject' in document ? document.openapiObject : {}),
  });
}

/** The page loads nothing from anywhere else; its own code sets styles on elements. */
const CSP =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'self'; frame-ancestors 'none'";

/** `/docs`: the document as a page. */
export async function showDocs(app: FastifyInstance): Promise<void> {
  await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: CSP, theme: { title: 'Drey' }, uiConfig: { deepLinking: true } });
}

/** Each schema with a title becomes a component, described once and referred to elsewhere. Fastify cannot validate by references itself. */
function withComponents(document: object): object {
  const schemas = new Map<string, unknown>();
  const refer = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(refer);
    if (!isObject(value)) return value;
    const title = own(value, 'title');
    const inner = mapFields(value, refer);
    if (typeof title !== 'string' || own(value, 'type') !== 'object') return inner;
    schemas.set(title, inner);
    return { $ref: `#/components/schemas/${title}` };
  };
  const paths = refer(own({ ...document }, 'paths'));
  const components = own({ ...document }, 'components');
  return { ...document, paths, components: { ...(isObject(components) ? components : {}), schemas: Object.fromEntries(schemas) } };
}
