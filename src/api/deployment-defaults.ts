import { isDeepStrictEqual } from 'node:util';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { v7 as newId } from 'uuid';
import type { DeploymentDefaults, PartialSpec } from '../domain/deployment-defaults.ts';
import { mergePatch } from './merge-patch.ts';
import { DefaultsBody, checkedDefaults, DefaultsSpecSchema } from './defaults-input.ts';
import { assertCurrent, expectedVersion } from './preconditions.ts';
import { answers, Id, patchOf, sendResource, takes, takesPatch, Texts, Time, type ApiParts, type InNamespace } from './resource.ts';

const DefaultsPatch = patchOf('DeploymentDefaults');

/** DeploymentDefaults as they are answered. Before anyone wrote them they have no id and are at version 0. */
export const DefaultsSchema = Type.Object(
  {
    apiVersion: Type.Literal('v1'),
    kind: Type.Literal('DeploymentDefaults'),
    metadata: Type.Object({
      id: Type.Optional(Id),
      namespace: Type.String(),
      createdAt: Type.Optional(Time),
      modifiedAt: Type.Optional(Time),
      labels: Texts('Free labels.'),
      annotations: Texts('Free annotations.'),
      resourceVersion: Type.Integer(),
    }),
    spec: DefaultsSpecSchema,
  },
  { title: 'DeploymentDefaults' },
);

export const GlobalDefaultsSchema = Type.Object(
  {
    apiVersion: Type.Literal('v1'),
    kind: Type.Literal('GlobalDeploymentDefaults'),
    metadata: Type.Object({}),
    spec: DefaultsSpecSchema,
  },
  { title: 'GlobalDeploymentDefaults' },
);

function viewDefaults(namespace: string, defaults: DeploymentDefaults | undefined) {
  const { id, createdAt, modifiedAt, labels = {}, annotations = {}, version = 0, spec = {} } = defaults ?? {};
  return {
    apiVersion: 'v1' as const,
    kind: 'DeploymentDefaults' as const,
    metadata: {
      ...(id === undefined ? {} : { id }),
      namespace,
      ...(createdAt === undefined ? {} : { createdAt: createdAt.toISOString() }),
      ...(modifiedAt === undefined ? {} : { modifiedAt: modifiedAt.toISOString() }),
      labels,
      annotations,
      resourceVersion: version,
    },
    spec,
  };
}

/** `/deployment-defaults`: what new Deployments of the namespace have unless they say otherwise. There is always one. */
export function deploymentDefaultsRoutes(app: FastifyInstance, { store }: ApiParts): void {
  const write = async (
    namespace: string,
    before: DeploymentDefaults | undefined,
    expected: number | undefined,
    { metadata = {}, spec }: DefaultsBody,
  ): Promise<DeploymentDefaults | undefined> => {
    const { version = 0 } = before ?? {};
    assertCurrent(`DeploymentDefaults of ${namespace}`, version, expected);
    const { labels = {}, annotations = {} } = metadata;
    const { spec: specBefore = {}, labels: labelsBefore = {}, annotations: annotationsBefore = {} } = before ?? {};
    if (isDeepStrictEqual([spec, labels, annotations], [specBefore, labelsBefore, annotationsBefore])) return before;
    const now = await store.now();
    const { id = newId(), createdAt = now } = before ?? {};
    return store.writeDeploymentDefaults({ id, namespace, spec, labels, annotations, createdAt, modifiedAt: now, version });
  };

  app.get<InNamespace>('/deployment-defaults', { schema: answers({ 200: DefaultsSchema }) }, async ({ params: { namespace } }, reply) =>
    sendResource(reply, 200, viewDefaults(namespace, await store.deploymentDefaults(namespace))),
  );

  app.put<InNamespace>(
    '/deployment-defaults',
    { config: { role: 'owner' }, schema: { ...takes(DefaultsBody), ...answers({ 200: DefaultsSchema, 201: DefaultsSchema }) } },
    async (request, reply) => {
      const { namespace } = request.params;
      const body = checkedDefaults(request.body, namespace);
      const before = await store.deploymentDefaults(namespace);
      const after = await write(namespace, before, expectedVersion(request, body.metadata?.resourceVersion), body);
      return sendResource(reply, before === undefined && after !== undefined ? 201 : 200, viewDefaults(namespace, after));
    },
  );

  app.patch<InNamespace>(
    '/deployment-defaults',
    { config: { role: 'owner' }, schema: { ...takesPatch(DefaultsPatch), ...answers({ 200: DefaultsSchema }) } },
    async (request, reply) => {
      const { namespace } = request.params;
      const before = await store.deploymentDefaults(namespace);
      const { spec = {}, labels = {}, annotations = {} } = before ?? {};
      const body = checkedDefaults(mergePatch({ metadata: { labels, annotations }, spec }, request.body), namespace);
      const after = await write(namespace, before, expectedVersion(request, body.metadata?.resourceVersion), body);
      return sendResource(reply, 200, viewDefaults(namespace, after));
    },
  );
}

/** `/global-deployment-defaults`: those of the configuration, for all namespaces. */
export function globalDefaultsRoute(app: FastifyInstance, { globalDefaults }: { readonly globalDefaults: PartialSpec }): void {
  app.get('/global-deployment-defaults', { config: { role: 'viewer' }, schema: answers({ 200: GlobalDefaultsSchema }) }, () => ({
    apiVersion: 'v1',
    kind: 'GlobalDeploymentDefaults',
    metadata: {},
    spec: globalDefaults,
  }));
}
