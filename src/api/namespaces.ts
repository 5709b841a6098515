import type { FastifyInstance, FastifyReply } from 'fastify';
import { Type, type Static } from 'typebox';
import { DEFAULT_NAMESPACE, maySee, type Namespace, type RoleBinding } from '../domain/access.ts';
import { DreyError } from '../domain/errors.ts';
import { givenBack, lastPart, pathName, unwrapped, wrapped } from './gateway.ts';
import { absentNamespace, answers, strict, takes, Time, type ApiParts, type InNamespace } from './resource.ts';
import { warn } from './warning.ts';
import { checkedValue } from './validate.ts';

const PARENT = 'namespaces';

const RoleBindings = Type.Array(Type.Object({ role: Type.String(), members: Type.Array(Type.String()) }, strict), {
  maxItems: 100,
  description: 'Kept for the clients of VVP, and without effect: Drey has no users, and a token has its role by itself.',
});

const NamespaceBody = Type.Object(
  { name: pathName(PARENT), roleBindings: Type.Optional(RoleBindings), createTime: givenBack, lifecyclePhase: givenBack },
  { ...strict, title: 'NamespaceBody' },
);

const NamespaceSchema = Type.Object(
  {
    name: Type.String({ description: '`namespaces/NAME`' }),
    roleBindings: RoleBindings,
    createTime: Time,
    lifecyclePhase: Type.Enum(['LIFECYCLE_PHASE_ACTIVE', 'LIFECYCLE_PHASE_TERMINATING']),
  },
  { title: 'Namespace' },
);
const ONE = wrapped('namespace', 'NamespaceResponse', NamespaceSchema);
const LIST = Type.Object({ namespaces: Type.Array(NamespaceSchema) }, { title: 'ListNamespacesResponse' });

type Phase = 'LIFECYCLE_PHASE_ACTIVE' | 'LIFECYCLE_PHASE_TERMINATING';

const viewNamespace = ({ name, roleBindings, createdAt }: Namespace, lifecyclePhase: Phase = 'LIFECYCLE_PHASE_ACTIVE') => ({
  name: `${PARENT}/${name}`,
  roleBindings,
  createTime: createdAt.toISOString(),
  lifecyclePhase,
});

/** `/namespaces/v1/namespaces`: what teams have apart. The admin's; others see their own. */
export function namespaceRoutes(app: FastifyInstance, { store }: ApiParts): void {
  const checked = (body: unknown, wanted?: string): { name: string; roleBindings: readonly RoleBinding[] } => {
    const { name, roleBindings = [] }: Static<typeof NamespaceBody> = checkedValue(NamespaceBody, unwrapped('namespace', body));
    return { name: lastPart(name, PARENT, wanted), roleBindings };
  };
  const send = (reply: FastifyReply, namespace: Namespace) => {
    if (namespace.roleBindings.length > 0) warn(reply, 'kept, and without effect: roleBindings; give API tokens their roles instead');
    return reply.send({ namespace: viewNamespace(namespace) });
  };

  app.get('/namespaces', { config: { role: 'viewer' }, schema: answers({ 200: LIST }) }, async ({ caller }) => ({
    namespaces: (await store.namespaces())
      .filter(({ name }) => caller !== null && maySee(caller, name))
      .map((namespace) => viewNamespace(namespace)),
  }));

  app.post(
    '/namespaces',
    { config: { role: 'admin' }, schema: { ...takes(NamespaceBody), ...answers({ 200: ONE }) } },
    async ({ body }, reply) => {
      const namespace = { ...checked(body), createdAt: await store.now() };
      await store.insertNamespace(namespace);
      return send(reply, namespace);
    },
  );

  app.get<InNamespace>('/namespaces/:namespace', { schema: answers({ 200: ONE }) }, async ({ params: { namespace } }) => ({
    namespace: viewNamespace((await store.namespace(namespace)) ?? absentNamespace(namespace)),
  }));

  app.put<InNamespace>(
    '/namespaces/:namespace',
    { config: { role: 'admin' }, schema: { ...takes(NamespaceBody), ...answers({ 200: ONE }) } },
    async ({ params: { namespace }, body }, reply) => {
      const { roleBindings } = checked(body, namespace);
      return send(reply, (await store.updateNamespace(namespace, roleBindings)) ?? absentNamespace(namespace));
    },
  );

  app.delete<InNamespace>(
    '/namespaces/:namespace',
    { config: { role: 'admin' }, schema: answers({ 200: ONE }) },
    async ({ params: { namespace } }) => {
      if (namespace === DEFAULT_NAMESPACE) throw new DreyError('conflict', `namespace ${DEFAULT_NAMESPACE} is always there`);
      const deleted = (await store.deleteNamespace(namespace)) ?? absentNamespace(namespace);
      return { namespace: viewNamespace(deleted, 'LIFECYCLE_PHASE_TERMINATING') };
    },
  );
}
