import { isDeepStrictEqual } from 'node:util';
import { crc32 } from 'node:zlib';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { v7 as newId } from 'uuid';
import { DreyError } from '../domain/errors.ts';
import type { DeploymentTarget } from '../domain/target.ts';
import { laterInTarget } from './later.ts';
import { mergePatch } from './merge-patch.ts';
import type { ApiParts } from './parts.ts';
import { assertNoneExpected, expectedVersion, sendResource, stale } from './preconditions.ts';
import { absent, answers, BODY_TYPES, isUuid, listOf, PATCH_TYPES, placeFaults } from './resource.ts';
import { TargetBody, TargetListSchema, TargetPatch, TargetSchema, viewTarget } from './target-schema.ts';
import { checkedBody } from './validate.ts';

interface Place {
  Params: { namespace: string; nameOrId: string };
}
interface Namespace {
  Params: { namespace: string };
}

/** `/deployment-targets`: the places that run Jobs. Of an existing one only labels and annotations change. */
export function deploymentTargetRoutes(app: FastifyInstance, { store, shards }: ApiParts): void {
  const send = (reply: FastifyReply, code: number, target: DeploymentTarget): FastifyReply => sendResource(reply, code, viewTarget(target));

  const find = (namespace: string, nameOrId: string): Promise<DeploymentTarget | undefined> =>
    store.target(namespace, isUuid(nameOrId) ? nameOrId.toLowerCase() : nameOrId);

  const existing = async ({ namespace, nameOrId }: Place['Params']): Promise<DeploymentTarget> => {
    const found = await find(namespace, nameOrId);
    if (found === undefined)
      throw absent(
        'DeploymentTarget',
        nameOrId,
        (await store.targets(namespace)).map(({ name }) => name),
      );
    return found;
  };

  const create = async (reply: FastifyReply, namespace: string, { metadata = {}, spec }: TargetBody): Promise<FastifyReply> => {
    const { name = '', labels = {}, annotations = {} } = metadata;
    const [id, now] = [newId(), await store.now()];
    const shard = crc32(id) % shards;
    const target = { id, namespace, name, spec, labels, annotations, shard, createdAt: now, modifiedAt: now, version: 1 };
    await store.insertTarget(target);
    return send(reply, 201, target);
  };

  const update = async (
    reply: FastifyReply,
    target: DeploymentTarget,
    expected: number | undefined,
    body: TargetBody,
  ): Promise<FastifyReply> => {
    assertCurrent(target, expected);
    if (!isDeepStrictEqual(body.spec, target.spec)) {
      throw new DreyError(
        'conflict',
        `the spec of DeploymentTarget ${target.name} never changes, for its Jobs run there; create another target`,
      );
    }
    const { labels = {}, annotations = {} } = body.metadata ?? {};
    if (isDeepStrictEqual([labels, annotations], [target.labels, target.annotations])) return send(reply, 200, target);
    return send(reply, 200, await store.updateTarget({ ...target, labels, annotations, modifiedAt: await store.now() }));
  };

  app.get<Namespace>('/deployment-targets', { schema: answers({ 200: TargetListSchema }) }, async ({ params: { namespace } }) =>
    listOf('DeploymentTarget', (await store.targets(namespace)).map(viewTarget)),
  );

  app.get<Place>('/deployment-targets/:nameOrId', { schema: answers({ 200: TargetSchema }) }, async ({ params }, reply) =>
    send(reply, 200, await existing(params)),
  );

  app.post<Namespace>(
    '/deployment-targets',
    { schema: { body: TargetBody, consumes: BODY_TYPES, ...answers({ 201: TargetSchema }) } },
    async ({ params: { namespace }, body }, reply) => create(reply, namespace, checkedTarget(body, namespace, undefined)),
  );

  app.put<Place>(
    '/deployment-targets/:nameOrId',
    { schema: { body: TargetBody, consumes: BODY_TYPES, ...answers({ 200: TargetSchema, 201: TargetSchema }) } },
    async (request, reply) => {
      const { namespace, nameOrId } = request.params;
      const found = await find(namespace, nameOrId);
      const name = found?.name ?? nameOrId;
      const body = checkedTarget(mergePatch({ metadata: { name } }, request.body), namespace, name);
      const expected = expectedVersion(request, body.metadata?.resourceVersion);
      if (found !== undefined) return update(reply, found, expected, body);
      assertNoneExpected(request, expected, `DeploymentTarget ${name}`);
      return create(reply, namespace, body);
    },
  );

  app.patch<Place>(
    '/deployment-targets/:nameOrId',
    { schema: { body: TargetPatch, consumes: PATCH_TYPES, ...answers({ 200: TargetSchema }) } },
    async (request, reply) => {
      const target = await existing(request.params);
      const { name, namespace, labels, annotations, spec } = target;
      const body = checkedTarget(mergePatch({ metadata: { name, labels, annotations }, spec }, request.body), namespace, name);
      return update(reply, target, expectedVersion(request, body.metadata?.resourceVersion), body);
    },
  );

  app.delete<Place>('/deployment-targets/:nameOrId', { schema: answers({ 200: TargetSchema }) }, async (request, reply) => {
    const target = await existing(request.params);
    assertCurrent(target, expectedVersion(request));
    await store.deleteTarget(target);
    return send(reply, 200, target);
  });
}

const checkedTarget = (body: unknown, namespace: string, name: string | undefined): TargetBody =>
  checkedBody(TargetBody, body, {
    later: laterInTarget,
    rules: (value) => placeFaults(value, { kind: 'DeploymentTarget', namespace, name }),
  });

function assertCurrent({ name, version }: DeploymentTarget, expected: number | undefined): void {
  if (expected !== undefined && expected !== version) throw stale(`DeploymentTarget ${name}`, expected, version);
}
