import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { crc32 } from 'node:zlib';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Type, type Static } from 'typebox';
import { v7 as newId } from 'uuid';
import { DreyError, nameTaken } from '../domain/errors.ts';
import type { DeploymentTarget } from '../domain/target.ts';
import { NIL_ID } from '../engine/dry-run.ts';
import { ruled } from '../schema/faults.ts';
import { LATER_IN_TARGET } from './later.ts';
import { mergePatch } from './merge-patch.ts';
import { assertCurrent, assertMayReplace, assertNoneExpected, expectedVersion } from './preconditions.ts';
import { absent, answers, bodyOf, ChangeQuery, listOf, listSchema, named, nameOrLowerId, patchOf, type Change } from './resource.ts';
import {
  resource,
  sendResource,
  strict,
  takes,
  takesPatch,
  view,
  wideNameFault,
  type ApiParts,
  type AtPlace,
  type InNamespace,
} from './resource.ts';
import { checkedBody } from './validate.ts';

/** A target says where code and credentials go. */
const WRITER = { role: 'owner' } as const;

/** What is wrong with the URL of a session cluster; undefined: nothing. Credentials in it would be shown to everyone who reads the target. */
function urlFault(text: string): string | undefined {
  const example = 'write it as http://host:8081';
  if (!/^https?:\/\/[^\s\\]+$/i.test(text) || !URL.canParse(text)) return `"${text}" is not an http or https URL; ${example}`;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return `the URL has credentials in it, which everyone could read; ${example}`;
  return url.search === '' && url.hash === '' ? undefined : `"${text}" has a query or a fragment; ${example}`;
}

/** What is wrong with the URI of a folder; undefined: nothing. */
function folderFault(text: string): string | undefined {
  const fault = `"${text}" is not a file: URI of a folder; write file:///path/of/the/folder`;
  if (!/^file:\/\/\/[^?#]*$/i.test(text)) return fault;
  try {
    return fileURLToPath(text).includes('\0') ? fault : undefined;
  } catch {
    return fault;
  }
}

const later = Type.Optional(Type.Unknown({ description: 'Not supported yet.' }));

const SessionSchema = Type.Object(
  {
    url: ruled("The JobManager's REST endpoint.", urlFault),
    archiveDir: Type.Optional(
      ruled(
        '`file:` URI of the folder where the JobManager archives ended jobs (`jobmanager.archive.fs.dir`), as the daemon sees it.',
        folderFault,
      ),
    ),
    sqlGatewayUrl: Type.Optional(
      ruled('The REST endpoint of the SQL Gateway that submits to this cluster: for Deployments of SQL.', urlFault),
    ),
    auth: later,
    tls: later,
  },
  { ...strict, description: 'An existing Flink session cluster.' },
);

const SpecSchema = Type.Object({ session: SessionSchema, kubernetes: later, process: later }, strict);

/** A DeploymentTarget as a client sends it. */
const TargetBody = bodyOf('DeploymentTarget', wideNameFault, SpecSchema, {});
type TargetBody = Static<typeof TargetBody>;

const TargetPatch = patchOf('DeploymentTarget');

/** A DeploymentTarget as it is answered. */
export const TargetSchema = resource('DeploymentTarget', named, SpecSchema, Type.Object({}, strict));
export const TargetListSchema = listSchema('DeploymentTarget', TargetSchema);

const viewTarget = (target: DeploymentTarget) =>
  view('DeploymentTarget', target, { name: target.name, labels: target.labels }, target.spec, {});

/** `/deployment-targets`: the places that run Jobs. Of an existing one only labels and annotations change. */
export function deploymentTargetRoutes(app: FastifyInstance, { store }: ApiParts): void {
  const send = (reply: FastifyReply, code: number, target: DeploymentTarget): FastifyReply => sendResource(reply, code, viewTarget(target));

  const find = ({ namespace, nameOrId }: AtPlace['Params']): Promise<DeploymentTarget | undefined> =>
    store.target(namespace, nameOrLowerId(nameOrId));

  const existing = async (params: AtPlace['Params']): Promise<DeploymentTarget> =>
    (await find(params)) ?? absent('DeploymentTarget', params.nameOrId, await store.targets(params.namespace));

  const create = async (
    { params: { namespace }, query: { dryRun = false }, reservedId }: FastifyRequest<InNamespace & Change>,
    reply: FastifyReply,
    { metadata = {}, spec }: TargetBody,
  ): Promise<FastifyReply> => {
    const { name = '', labels = {}, annotations = {} } = metadata;
    const [id, now] = [dryRun ? NIL_ID : (reservedId ?? newId()), await store.now()];
    const target = { id, namespace, name, spec, labels, annotations, hash: crc32(id), createdAt: now, modifiedAt: now, version: 1 };
    if (!dryRun) await store.insertTarget(target);
    else if ((await store.target(namespace, name))?.name === name) throw nameTaken('DeploymentTarget', target);
    return send(reply, 201, target);
  };

  const update = async (
    { query: { dryRun = false } }: FastifyRequest<Change>,
    reply: FastifyReply,
    target: DeploymentTarget,
    expected: number | undefined,
    body: TargetBody,
  ): Promise<FastifyReply> => {
    assertCurrent(`DeploymentTarget ${target.name}`, target.version, expected);
    if (!isDeepStrictEqual(body.spec, target.spec)) {
      throw new DreyError(
        'conflict',
        `the spec of DeploymentTarget ${target.name} never changes, for its Jobs run there; create another target`,
      );
    }
    const { labels = {}, annotations = {} } = body.metadata ?? {};
    if (isDeepStrictEqual([labels, annotations], [target.labels, target.annotations])) return send(reply, 200, target);
    const next = { ...target, labels, annotations, modifiedAt: await store.now() };
    return send(reply, 200, dryRun ? next : await store.updateTarget(next));
  };

  app.get<InNamespace>('/deployment-targets', { schema: answers({ 200: TargetListSchema }) }, async ({ params: { namespace } }) =>
    listOf('DeploymentTarget', (await store.targets(namespace)).map(viewTarget)),
  );

  app.get<AtPlace>('/deployment-targets/:nameOrId', { schema: answers({ 200: TargetSchema }) }, async ({ params }, reply) =>
    send(reply, 200, await existing(params)),
  );

  app.post<InNamespace & Change>(
    '/deployment-targets',
    { config: WRITER, schema: { querystring: ChangeQuery, ...takes(TargetBody), ...answers({ 201: TargetSchema }) } },
    async (request, reply) => create(request, reply, checkedTarget(request.body, request.params)),
  );

  app.put<AtPlace & Change>(
    '/deployment-targets/:nameOrId',
    { config: WRITER, schema: { querystring: ChangeQuery, ...takes(TargetBody), ...answers({ 200: TargetSchema, 201: TargetSchema }) } },
    async (request, reply) => {
      const { namespace, nameOrId } = request.params;
      const found = await find(request.params);
      const name = found?.name ?? nameOrId;
      const body = checkedTarget(mergePatch({ metadata: { name } }, request.body), { namespace, name });
      const expected = expectedVersion(request, body.metadata?.resourceVersion);
      if (found !== undefined) {
        assertMayReplace(request, `DeploymentTarget ${name}`);
        return update(request, reply, found, expected, body);
      }
      assertNoneExpected(request, expected, `DeploymentTarget ${name}`);
      return create(request, reply, body);
    },
  );

  app.patch<AtPlace & Change>(
    '/deployment-targets/:nameOrId',
    { config: WRITER, schema: { querystring: ChangeQuery, ...takesPatch(TargetPatch), ...answers({ 200: TargetSchema }) } },
    async (request, reply) => {
      const target = await existing(request.params);
      const { name, namespace, labels, annotations, spec } = target;
      const body = checkedTarget(mergePatch({ metadata: { name, labels, annotations }, spec }, request.body), { namespace, name });
      return update(request, reply, target, expectedVersion(request, body.metadata?.resourceVersion), body);
    },
  );

  app.delete<AtPlace & Change>(
    '/deployment-targets/:nameOrId',
    { config: WRITER, schema: { querystring: ChangeQuery, ...answers({ 200: TargetSchema }) } },
    async (request, reply) => {
      const target = await existing(request.params);
      assertCurrent(`DeploymentTarget ${target.name}`, target.version, expectedVersion(request));
      await store.deleteTarget(target, request.query.dryRun);
      return send(reply, 200, target);
    },
  );
}

const checkedTarget = (body: unknown, place: { namespace: string; name?: string }): TargetBody =>
  checkedBody({ kind: 'DeploymentTarget', schema: TargetBody, later: LATER_IN_TARGET }, body, place);
