import { isDeepStrictEqual } from 'node:util';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { Type, type Static } from 'typebox';
import { v7 as newId } from 'uuid';
import { DreyError, isDreyError } from '../domain/errors.ts';
import { secretNamesIn } from '../domain/secret-references.ts';
import { withValue, type SecretValue } from '../domain/secret-value.ts';
import { faultAt } from '../schema/faults.ts';
import { mergePatch } from './merge-patch.ts';
import { assertCurrent, assertNoneExpected, expectedVersion } from './preconditions.ts';
import { absent, answers, bodyOf, listOf, listSchema, named, patchOf, resource, sendResource, strict } from './resource.ts';
import { takes, takesPatch, view, wideNameFault, type ApiParts, type InNamespace } from './resource.ts';
import { checkedBody, refusal } from './validate.ts';

interface AtName {
  Params: { namespace: string; name: string };
}

const kind = Type.Optional(Type.Enum(['PLAIN'], { description: 'Omitted: PLAIN.' }));

const SpecSchema = Type.Object(
  {
    kind,
    value: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 65_536,
        writeOnly: true,
        description: 'Never answered. Omitted in a change: it stays.',
      }),
    ),
  },
  strict,
);

const SecretBody = bodyOf('SecretValue', wideNameFault, SpecSchema, {});
type SecretBody = Static<typeof SecretBody>;

const SecretPatch = patchOf('SecretValue');

/** A SecretValue as it is answered: without its value, to nobody. */
export const SecretSchema = resource('SecretValue', named, Type.Object({ kind }, strict), Type.Object({}, strict));
export const SecretListSchema = listSchema('SecretValue', SecretSchema);

const viewSecret = (secret: SecretValue) =>
  view('SecretValue', secret, { name: secret.name, labels: secret.labels }, { kind: 'PLAIN' as const }, {});

/** `/secret-values`: what specs name as `${name}`. */
export function secretValueRoutes(app: FastifyInstance, { store, secretBox }: ApiParts): void {
  const send = (reply: FastifyReply, code: number, secret: SecretValue): FastifyReply => sendResource(reply, code, viewSecret(secret));

  const existing = async ({ namespace, name }: AtName['Params']): Promise<SecretValue> =>
    (await store.secretValue(namespace, name)) ?? absent('SecretValue', name, await store.secretValues(namespace));

  const create = async (reply: FastifyReply, namespace: string, { metadata = {}, spec }: SecretBody): Promise<FastifyReply> => {
    const { name = '', labels = {}, annotations = {} } = metadata;
    if (spec.value === undefined) throw refusal('badRequest', [faultAt(['spec', 'value'], 'is missing; it must be a string')]);
    const now = await store.now();
    const sealed = secretBox.seal({ namespace, name }, spec.value);
    const row = {
      id: newId(),
      namespace,
      name,
      sealed,
      formerSealed: [],
      labels,
      annotations,
      createdAt: now,
      modifiedAt: now,
      version: 1,
    };
    await store.insertSecretValue(row);
    return send(reply, 201, row);
  };

  /** undefined: it cannot be read, and can still be set anew. */
  const valueOf = (secret: SecretValue): string | undefined => {
    try {
      return secretBox.open(secret, secret.sealed);
    } catch (error) {
      if (isDreyError(error, 'secretLocked')) return undefined;
      throw error;
    }
  };

  const changed = async (secret: SecretValue, value: string | undefined): Promise<SecretValue> => {
    const before = valueOf(secret);
    if (value === undefined || value === before) return secret;
    // What runs was submitted with one of the values before. Those of ended Jobs are needed no more, nor what nobody can read.
    const older = (await namingJob(secret)) === undefined ? [] : secret.formerSealed;
    const former = before === undefined && older.length === 0 ? [] : [secret.sealed, ...older];
    return withValue(secret, secretBox.seal(secret, value), former);
  };

  const update = async (
    reply: FastifyReply,
    secret: SecretValue,
    expected: number | undefined,
    { metadata = {}, spec }: SecretBody,
  ): Promise<FastifyReply> => {
    assertCurrent(`SecretValue ${secret.name}`, secret.version, expected);
    const { labels = {}, annotations = {} } = metadata;
    const next = { ...(await changed(secret, spec.value)), labels, annotations };
    return send(reply, 200, isDeepStrictEqual(next, secret) ? secret : await store.updateSecretValue(next));
  };

  const namingJob = async ({ namespace, name }: SecretValue) =>
    (await store.jobs(namespace, { active: true })).find(({ spec }) => secretNamesIn(spec).includes(name));

  const assertUnused = async (secret: SecretValue): Promise<void> => {
    const { namespace, name } = secret;
    const deployment = (await store.deployments(namespace)).find(({ spec }) => secretNamesIn(spec.template.spec).includes(name));
    const user = deployment?.name ?? (await namingJob(secret))?.deploymentName;
    if (user !== undefined)
      throw new DreyError('conflict', `SecretValue ${name} is named by Deployment ${user}; change or delete that first`);
  };

  app.get<InNamespace>(
    '/secret-values',
    { config: { role: 'editor' }, schema: answers({ 200: SecretListSchema }) },
    async ({ params: { namespace } }) => listOf('SecretValue', (await store.secretValues(namespace)).map(viewSecret)),
  );

  app.get<AtName>(
    '/secret-values/:name',
    { config: { role: 'editor' }, schema: answers({ 200: SecretSchema }) },
    async ({ params }, reply) => send(reply, 200, await existing(params)),
  );

  app.post<InNamespace>(
    '/secret-values',
    { schema: { ...takes(SecretBody), ...answers({ 201: SecretSchema }) } },
    async ({ params: { namespace }, body, url }, reply) => {
      const secret = checkedSecret(body, { namespace });
      void reply.header('location', `${url}/${secret.metadata?.name ?? ''}`);
      return create(reply, namespace, secret);
    },
  );

  app.put<AtName>(
    '/secret-values/:name',
    { schema: { ...takes(SecretBody), ...answers({ 200: SecretSchema, 201: SecretSchema }) } },
    async (request, reply) => {
      const { namespace, name } = request.params;
      const body = checkedSecret(mergePatch({ metadata: { name } }, request.body), { namespace, name });
      const expected = expectedVersion(request, body.metadata?.resourceVersion);
      const found = await store.secretValue(namespace, name);
      if (found !== undefined) return update(reply, found, expected, body);
      assertNoneExpected(request, expected, `SecretValue ${name}`);
      return create(reply, namespace, body);
    },
  );

  app.patch<AtName>(
    '/secret-values/:name',
    { schema: { ...takesPatch(SecretPatch), ...answers({ 200: SecretSchema }) } },
    async (request, reply) => {
      const secret = await existing(request.params);
      const { name, namespace, labels, annotations } = secret;
      const body = checkedSecret(mergePatch({ metadata: { name, labels, annotations }, spec: {} }, request.body), { namespace, name });
      return update(reply, secret, expectedVersion(request, body.metadata?.resourceVersion), body);
    },
  );

  app.delete<AtName>('/secret-values/:name', { schema: answers({ 200: SecretSchema }) }, async (request, reply) => {
    const secret = await existing(request.params);
    assertCurrent(`SecretValue ${secret.name}`, secret.version, expectedVersion(request));
    await assertUnused(secret);
    await store.deleteSecretValue(secret);
    return send(reply, 200, secret);
  });
}

const checkedSecret = (body: unknown, place: { namespace: string; name?: string }): SecretBody =>
  checkedBody({ kind: 'SecretValue', schema: SecretBody, later: [] }, body, place);
